import { basename, dirname, extname, relative, sep } from "node:path";
import type { DurableResult, DurableTestRunner } from "@durabletest/testing";
import { FunctionUnknownError } from "./errors.ts";
import type { Modules, OpenModule } from "./modules.ts";
import type { OpenExecution } from "./open-execution.ts";
import { play } from "./play.ts";
import { type Framework, type HandlerImport, testCode, type TestFile } from "./test-code.ts";

/**
 * The test of what was done to an execution.
 *
 * One that began on another version of the code is played once more, on today's, so that the test expects what it
 * will see.
 *
 * @throws FunctionUnknownError when the module of the handler has never been loaded.
 */
export async function testOf(
  execution: OpenExecution,
  modules: Modules,
  framework: Framework,
): Promise<TestFile> {
  const { recording, isOfOneVersion } = execution;
  const module = modules.all.find(({ functionName }) => functionName === recording.functionName);
  if (module?.file === undefined) {
    throw new FunctionUnknownError(`${recording.functionName} has not been loaded.`);
  }
  const { file } = module;
  const played = isOfOneVersion ? undefined : await play(recording, modules.handlers);
  const { runner } = played ?? execution;
  const { result } = runner;
  const count = played?.count ?? recording.actions.length;
  const invoked = functionsInvoked(result, runner);
  const others = modules.all.filter(
    (one) => one.file !== undefined && invoked.has(one.functionName),
  );
  const importOf = (one: OpenModule): HandlerImport => ({
    functionName: one.functionName,
    from: specifier(file, one.file ?? file, framework),
    exportName: one.exportName ?? "default",
    isInDefault: one.isInDefault,
  });
  const code = testCode(
    {
      recording: { ...recording, actions: recording.actions.slice(0, count) },
      outcome: outcomeOf(result),
      handler: importOf(module),
      others: others.map(importOf),
      remark: played && remarkOf(played.problem),
    },
    { framework },
  );
  return { fileName: `${basename(file, extname(file))}.test${testExtension(file)}`, code };
}

/** By name, also by those that were invoked. */
function functionsInvoked(
  { operations }: DurableResult<unknown>,
  runner: DurableTestRunner,
): ReadonlySet<string> {
  const names = operations.flatMap((operation): readonly string[] => {
    if (operation.type !== "CHAINED_INVOKE") return [];
    const { functionName, executionArn } = operation;
    if (executionArn === undefined) return [functionName];
    return [functionName, ...functionsInvoked(runner.execution(executionArn), runner)];
  });
  return new Set(names);
}

function remarkOf(problem: string | undefined): string {
  const edited = "The handler was edited while this was recorded; this is what it does today.";
  if (problem === undefined) return edited;
  const [first = ""] = problem.split("\n");
  return `${edited} It ends where the rest cannot be done any more: ${first}`;
}

function outcomeOf(result: DurableResult<unknown>): Parameters<typeof testCode>[0]["outcome"] {
  const { status, error, pendingCallbacks } = result;
  return {
    status,
    result: result.result,
    error: error && { type: error.ErrorType, message: error.ErrorMessage },
    waitsFor: pendingCallbacks.map(({ name }) => name),
  };
}

/** Under Jest a module of TypeScript is named without its extension, as most configurations have it. */
function specifier(from: string, to: string, framework: Framework): string {
  const path = relative(dirname(from), to).split(sep).join("/");
  const dotted = path.startsWith(".") ? path : `./${path}`;
  return framework === "jest" ? dotted.replace(/\.[cm]?tsx?$/, "") : dotted;
}

function testExtension(file: string): string {
  return /\.[cm]?tsx?$/.test(file) ? ".ts" : ".js";
}
