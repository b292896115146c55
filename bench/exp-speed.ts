import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import { respond } from "@durabletest/testing";
import { explore } from "@durabletest/testing/explore";
import {
  type DurableContext as AwsDurableContext,
  withDurableExecution as withAwsDurableExecution,
} from "@aws/durable-execution-sdk-js";
const which = process.argv[2] ?? "ours";
const runs = Number(process.argv[3] ?? 5000);
const rounds = Number(process.argv[4] ?? 5);
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
const aws = withAwsDurableExecution(async (_: unknown, context: AwsDurableContext) => {
  await context.step("quote", async () => 1);
  await context.step("reserve", async () => 2);
  const [approval] = await context.createCallback("approval", { timeout: { hours: 1 } });
  const answer = await approval.catch(() => "expired");
  await context.wait("cooldown", { minutes: 5 });
  await context.step("charge", async () => 3);
  await context.step("ship", async () => 4);
  return answer;
});
const options = {
  callbacks: { approval: [respond.success("yes"), respond.failure(new Error("no"))] },
  strategy: "random",
} as const;
const round = (seed: number) =>
  explore(which === "ours" ? ours : (aws as never), {
    ...options,
    seed,
    runs,
    ...(process.env.EXPECT ? { expect: JSON.parse(process.env.EXPECT) } : {}),
  });
await round(0);
const cpu: number[] = [];
for (let seed = 1; seed <= rounds; seed += 1) {
  const before = process.cpuUsage();
  const r = await round(seed);
  const { user, system } = process.cpuUsage(before);
  cpu.push((user + system) / runs);
  if (seed === 1) console.log("distinct", r.distinct);
}
cpu.sort((a, b) => a - b);
console.log(
  which,
  "min",
  cpu[0].toFixed(0),
  "median µs CPU per run",
  cpu[cpu.length >> 1].toFixed(1),
  "→",
  Math.round(1e6 / cpu[cpu.length >> 1]),
  "runs/CPU s",
);
