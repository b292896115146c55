/**
 * Runs AWS's published conformance requirements against this project: each with a handler made with our
 * runtime and one made with AWS's SDK, both on our harness. README.md says how to read it.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Handlers } from "./handlers/handlers.ts";
import { runtimes } from "./handlers/runtimes.ts";
import { failsRun, formatReport, type Outcome, type Row, type SkippedSuite } from "./report.ts";
import { findSuites, type RequirementFile } from "./requirement.ts";
import { runRequirement } from "./run-requirement.ts";

const DEFAULT_DIRECTORY = "../shared/conformance/requirements";
const given = process.env["DURABLE_CONFORMANCE_DIR"] ?? DEFAULT_DIRECTORY;

const root = fileURLToPath(new URL("..", import.meta.url));
const suites = await findSuites(resolve(root, given));
if (suites === undefined || suites.length === 0) {
  console.log(
    `Conformance skipped: there are no requirements in ${given}. They are not part of this repository: set DURABLE_CONFORMANCE_DIR to the test-requirements of a checkout of aws/aws-durable-execution-conformance-tests.`,
  );
  process.exit(0);
}

const rows: Row[] = [];
const skipped: SkippedSuite[] = [];
for (const { name, requirements } of suites) {
  const runnable = Object.values(runtimes).some((handlers) => name in handlers);
  if (!runnable) {
    skipped.push({ name, requirements: requirements.length });
    continue;
  }
  for (const file of requirements) {
    for (const [runtime, handlers] of Object.entries(runtimes)) {
      const outcome = await outcomeOf(file, handlers[name] ?? {});
      rows.push({ requirement: `${name}/${file.id}`, runtime, outcome });
    }
  }
}
process.stdout.write(formatReport(rows, skipped));
process.exitCode = rows.some(({ outcome }) => failsRun(outcome)) ? 1 : 0;

async function outcomeOf({ id, read }: RequirementFile, handlers: Handlers): Promise<Outcome> {
  const handler = handlers[id];
  if (handler === undefined) return { kind: "no handler" };
  try {
    const requirement = await read();
    const differences = await runRequirement(requirement, handler);
    if (differences.length === 0) return { kind: "passed" };
    return { kind: requirement.optional ? "optional failed" : "failed", differences };
  } catch (error) {
    return { kind: "failed", differences: [String(error)] };
  }
}
