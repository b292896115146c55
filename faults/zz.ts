import { startTestBed } from "./play-case.ts";
import { parsePlan } from "./plan.ts";
const bed = await startTestBed();
for (const p of ["none", "503@1", "503@3", "503@3x3","reset-applied@3","cut@3", "lost@3", "kill@3", "twice"]) for (const runtime of ["durabletest", "aws"] as const) {
const o = await bed.play({ runtime, handler: "large", plan: parsePlan(p), row: "" });
console.log(p, runtime, o.status, String(o.result).length, o.error?.slice(0, 200), o.requests.map(r => r.fault ?? "."), o.effects, o.broken, o.unhandled);
}
await bed.close();
