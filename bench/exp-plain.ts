import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { DurableTestRunner, respond } from "@durabletest/testing";
const ours = withDurableExecution(async (_: undefined, context: DurableContext) => {
  await context.step("quote", () => 1);
  await context.step("reserve", () => 2);
  const approval = await context.createCallback<string>("approval", { timeout: { hours: 1 } });
  const answer = await approval.result();
  await context.wait("cooldown", { minutes: 5 });
  await context.step("charge", () => 3);
  await context.step("ship", () => 4);
  return answer ?? "expired";
});
const N = 2000;
const one = async () => {
  const r = new DurableTestRunner(ours, { callbacks: { approval: respond.success("yes") } });
  const x = await r.runToCompletion();
  return x;
};
const runner0 = async () => {
  const r = new DurableTestRunner(ours, {
    callbacks: { approval: respond.success("yes").after({ minutes: 5 }) },
  });
  await r.run(undefined);
  return r.runToCompletion();
};
for (const f of [runner0]) {
  const x = await f();
  console.log(x.status, x.invocations.length);
  const t: number[] = [];
  for (let k = 0; k < 7; k++) {
    const b = process.cpuUsage();
    for (let i = 0; i < N; i++) await f();
    const c = process.cpuUsage(b);
    t.push((c.user + c.system) / N);
  }
  console.log(
    "µs per execution, min",
    Math.min(...t).toFixed(0),
    "median",
    t.sort((a, b) => a - b)[3].toFixed(0),
  );
}
