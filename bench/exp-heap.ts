import { Session } from "node:inspector/promises";
import { writeFileSync } from "node:fs";
process.argv[4] ??= "2";
const s = new Session();
s.connect();
await s.post("HeapProfiler.startSampling", {
  samplingInterval: 8192,
  includeObjectsCollectedByMajorGC: true,
  includeObjectsCollectedByMinorGC: true,
} as never);
await import("./exp-speed.ts");
const { profile } = (await s.post("HeapProfiler.stopSampling")) as never as { profile: any };
const agg = new Map<string, number>();
const incl = new Map<string, number>();
let tot = 0;
const visit = (n: any, path: Set<string>) => {
  const c = n.callFrame;
  const nm = c.functionName + " " + c.url.split("/").slice(-2).join("/") + ":" + (c.lineNumber + 1);
  tot += n.selfSize;
  agg.set(nm, (agg.get(nm) ?? 0) + n.selfSize);
  const p = new Set(path);
  p.add(nm);
  for (const k of p) incl.set(k, (incl.get(k) ?? 0) + n.selfSize);
  for (const ch of n.children) visit(ch, p);
};
visit(profile.head, new Set());
const runs = Number(process.argv[3]) * (Number(process.argv[4]) + 1);
console.log("KB per run", (tot / runs / 1024).toFixed(1));
for (const [t, m, k] of [
  ["SELF", agg, 50],
  ["INCL", incl, 60],
] as const) {
  console.log(t);
  for (const [n, v] of [...m].sort((a, b) => b[1] - a[1]).slice(0, k))
    console.log(((100 * v) / tot).toFixed(1) + "% " + n);
}
