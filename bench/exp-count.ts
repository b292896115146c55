import { Engine } from "../packages/testing/src/engine/engine.ts";
import { Clock } from "../packages/testing/src/engine/clock.ts";
const counts = { engines: 0, invokes: 0, happen: 0 };
const { start, invoke, happen } = Engine.prototype;
Engine.prototype.start = function (...a) {
  counts.engines++;
  return start.apply(this, a);
};
Engine.prototype.invoke = function (...a) {
  counts.invokes++;
  return invoke.apply(this, a);
};
Engine.prototype.happen = function (...a) {
  counts.happen++;
  return happen.apply(this, a);
};
await import("./exp-speed.ts");
const runs = Number(process.argv[3]) * (Number(process.argv[4]) + 1);
for (const [k, v] of Object.entries(counts)) console.log(k, (v / runs).toFixed(2));
