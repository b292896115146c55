/** Rows of docs/differences-from-aws-runner.md that cloud.test.ts shows. */
export const cloudDifferences = [
  "the result of an invoke, in the cloud",
  "a step between two attempts, in the cloud",
  "an operation on two pages of its history, in the cloud",
  "a payload of zero, in the cloud",
] as const;
