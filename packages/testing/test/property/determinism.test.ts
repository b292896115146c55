import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { fc, test } from "@fast-check/vitest";
import { expect } from "vitest";
import { type Cases, digestsOf, scenariosOf, scheduledOf } from "./digests.ts";
import { checkOutcome } from "./invariants.ts";
import { play, scenarios, traceOf } from "./scenario.ts";
import { limitMs, parameters, runs, seed } from "./settings.ts";

test.prop([scenarios()], parameters(1))(
  "an execution goes the same way every time, loses no completion, and ends",
  async (scenario) => {
    const first = await play(scenario);
    checkOutcome(first);
    expect(traceOf(await play(scenario))).toBe(traceOf(first));
  },
  limitMs(1),
);

test.prop([fc.array(scenarios(), { minLength: 2, maxLength: 8 })], parameters(0.05))(
  "executions that run at the same time go as they would alone",
  async (together) => {
    const outcomes = await Promise.all(together.map(play));
    for (const [index, scenario] of together.entries()) {
      expect(traceOf(outcomes[index]!)).toBe(traceOf(await play(scenario)));
    }
  },
  limitMs(0.4),
);

test(
  `an execution goes the same way in another process, elsewhere in the world, also under a schedule (with seed=${seed})`,
  async () => {
    const cases = { seed, count: runs(0.2) };
    const elsewhere = await inAnotherProcess(cases);
    const here = await digestsOf(cases);
    for (const [index, digest] of here.entries()) {
      if (digest === elsewhere[index]) continue;
      const all = [...scenariosOf(cases), ...scheduledOf(cases)];
      expect.unreachable(`It went another way there: ${JSON.stringify(all[index])}`);
    }
    expect(elsewhere).toHaveLength(2 * cases.count);
  },
  limitMs(0.8),
);

async function inAnotherProcess({ seed: of, count }: Cases): Promise<readonly string[]> {
  const script = fileURLToPath(new URL("./other-process.ts", import.meta.url));
  const types = process.features.typescript === false ? ["--experimental-strip-types"] : [];
  const options = ["--conditions=@durabletest/source", "--no-warnings", ...types];
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [...options, script, String(of), String(count)],
    {
      cwd: tmpdir(),
      env: { ...process.env, NODE_OPTIONS: "", TZ: "Pacific/Apia", LC_ALL: "tr_TR.UTF-8" },
      maxBuffer: 2 ** 28,
    },
  );
  return JSON.parse(stdout) as readonly string[];
}
