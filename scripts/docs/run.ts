import { relative } from "node:path";
import { type Reporter, startVitest, type TestModule, type Vitest } from "vitest/node";
import { SOURCE_CONDITION } from "../packages.ts";

/** What happened when a file of blocks was run. */
export interface Run {
  /** What was printed, in order. */
  readonly printed: string;
  /** The messages that its tests failed with. */
  readonly failures: readonly string[];
}

/** Runs all test files below a folder in one process of Vitest. @returns By path from the folder, how it went. */
export async function run(folder: string): Promise<ReadonlyMap<string, Run>> {
  const conditions = [SOURCE_CONDITION, "node", "import", "default"];
  const listener = new Listener();
  const vitest = await startVitest(
    [],
    {
      root: folder,
      config: false,
      watch: false,
      include: ["**/*.test.ts"],
      reporters: [listener],
      isolate: false,
      fileParallelism: false,
      testTimeout: 60_000,
      setupFiles: ["@durabletest/vitest-plugin/setup"],
      // Theirs are written, also where it is a CI that asks: what they say is compared with the page.
      update: true,
      env: { DURABLETEST_REPORTS: "false" },
    },
    { resolve: { conditions }, ssr: { resolve: { conditions } } },
  );
  const runs = new Map<string, Run>();
  for (const module of vitest.state.getTestModules()) {
    runs.set(relative(folder, module.moduleId), {
      printed: listener.printedBy(module.moduleId),
      failures: failuresOf(module),
    });
  }
  await vitest.close();
  process.exitCode = 0;
  return runs;
}

type ConsoleLog = Parameters<NonNullable<Reporter["onUserConsoleLog"]>>[0];

class Listener implements Reporter {
  #vitest: Vitest | undefined;
  readonly #printed = new Map<string, string>();

  onInit(vitest: Vitest): void {
    this.#vitest = vitest;
  }

  onUserConsoleLog({ taskId, content }: ConsoleLog): void {
    const file = taskId === undefined ? undefined : this.#vitest?.state.idMap.get(taskId)?.file;
    const path = file?.filepath ?? "";
    this.#printed.set(path, (this.#printed.get(path) ?? "") + content);
  }

  printedBy(path: string): string {
    return this.#printed.get(path) ?? "";
  }
}

function failuresOf(module: TestModule): readonly string[] {
  const errors = [
    ...module.errors(),
    ...[...module.children.allTests()].flatMap((test) => test.result().errors ?? []),
  ];
  return errors.map(({ message, diff }) => [message, diff].filter(Boolean).join("\n\n"));
}
