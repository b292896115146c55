/**
 * Reports of failed tests, as the environment writes them. When it knows that a test has failed, Jest has the test file
 * load nothing any more: what writes reports is loaded as other code of Jest is, outside of the test file.
 */
import { createRequire } from "node:module";
import type { WriteFailureReport } from "@durabletest/testing/plugin";
import type { Executed } from "./failure-explanations.ts";
import { replaceThrown } from "./failures-of-test.ts";
import { withoutOwnFrames } from "./own-frames.ts";

const load = createRequire(import.meta.url);

interface FailedInEnvironment {
  readonly name: string;
  readonly identity: object;
  /** By its runners. */
  readonly executed: readonly Executed[];
  /** What has failed it. */
  readonly errors: unknown[];
}

/**
 * For one test file.
 *
 * @param project - its project, where that has a name.
 */
export function environmentReports(
  project: string | undefined,
): (failed: FailedInEnvironment) => Promise<void> {
  let write: WriteFailureReport | undefined;
  return async ({ name, identity, executed, errors }) => {
    const results = executed.map(({ result }) => result);
    if (results.every(({ history }) => history.length === 0)) return;
    const plugin = load(
      "@durabletest/testing/plugin",
    ) as typeof import("@durabletest/testing/plugin");
    write ??= plugin.failureReports();
    const text = await write({ name, file: executed[0]?.file, project, identity }, results);
    if (text === undefined) return;
    replaceThrown(errors, (thrown) => withoutOwnFrames(plugin.addReport(thrown, text)));
  };
}
