import * as aws from "@aws/durable-execution-sdk-js-testing";
import { describe } from "vitest";
import * as ours from "../../../src/aws/index.ts";

/** What a test sees of either module. Compiled against ours; types.test-d.ts says that they are the same. */
export type TestingModule = typeof ours;

const modules: readonly (readonly [name: string, testing: TestingModule])[] = [
  // Their enum is no value of our union of texts, for the compiler.
  ["AWS's", aws as unknown as TestingModule],
  ["ours", ours],
];

/**
 * A `describe` for each module, with its name where the title says `%s`. AWS's runner races with itself (the
 * same handler may be invoked once more or less), so its tests are repeated where they fail; ours are not.
 */
export function describeModules(
  title: string,
  tests: (testing: TestingModule, name: string) => void,
  options?: { readonly concurrent: boolean },
): void {
  for (const [name, testing] of modules) {
    const retry = testing === ours ? 0 : 3;
    describe(title.replace("%s", name), { ...options, retry }, () => {
      tests(testing, name);
    });
  }
}

export { aws, ours };
