import * as aws from "@aws/durable-execution-sdk-js-testing";
import * as ours from "../../../src/aws/index.ts";

/** What a test sees of either module. Compiled against ours; types.test-d.ts says that they are the same. */
export type TestingModule = typeof ours;

/** Both modules, for `describe.each`. */
export const modules: readonly (readonly [name: string, testing: TestingModule])[] = [
  // Their enum is no value of our union of texts, for the compiler.
  ["AWS's", aws as unknown as TestingModule],
  ["ours", ours],
];

export { aws, ours };
