/**
 * The handlers whose requests are counted, each for both SDKs. They do what handlers do: steps in a row, side
 * by side, in branches, over a list, in contexts within contexts, and with large results.
 *
 * Types only are imported here, as in `cases.ts`.
 */
import type { DurableContext as AwsContext } from "@aws/durable-execution-sdk-js";
import type { DurableContext } from "@durabletest/runtime";

/** One handler, two ways, and what it returns. */
export interface RequestCase {
  readonly title: string;
  readonly runtime: (input: unknown, context: DurableContext) => Promise<number>;
  readonly aws: (input: unknown, context: AwsContext) => Promise<number>;
  readonly returns: number;
}

const range = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value);

const inARow: RequestCase = {
  title: "10 steps, one after the other",
  async runtime(_input, context) {
    let total = 0;
    for (const index of range(10)) total += await context.step(`step-${index}`, () => index);
    return total;
  },
  async aws(_input, context) {
    let total = 0;
    for (const index of range(10)) total += await context.step(`step-${index}`, async () => index);
    return total;
  },
  returns: 45,
};

const sideBySide: RequestCase = {
  title: "10 steps, side by side",
  async runtime(_input, context) {
    return sum(
      await Promise.all(range(10).map((index) => context.step(`step-${index}`, () => index))),
    );
  },
  async aws(_input, context) {
    return sum(
      await Promise.all(range(10).map((index) => context.step(`step-${index}`, async () => index))),
    );
  },
  returns: 45,
};

const branches: RequestCase = {
  title: "5 branches, 8 steps in each",
  async runtime(_input, context) {
    const branch = async (child: DurableContext): Promise<number> => {
      let total = 0;
      for (const index of range(8)) total += await child.step(`step-${index}`, () => index);
      return total;
    };
    return sum((await context.parallel(range(5).map(() => branch))).getResults());
  },
  async aws(_input, context) {
    const branch = async (child: AwsContext): Promise<number> => {
      let total = 0;
      for (const index of range(8)) total += await child.step(`step-${index}`, async () => index);
      return total;
    };
    return sum((await context.parallel(range(5).map(() => branch))).getResults());
  },
  returns: 140,
};

const list: RequestCase = {
  title: "a map of 100 items, a step for each",
  async runtime(_input, context) {
    const batch = await context.map([...range(100)], async (child, item) =>
      child.step("work", () => item),
    );
    return sum(batch.getResults());
  },
  async aws(_input, context) {
    const batch = await context.map([...range(100)], async (child, item) =>
      child.step("work", async () => item),
    );
    return sum(batch.getResults());
  },
  returns: 4950,
};

const nested: RequestCase = {
  title: "5 contexts, each with one inside, 3 steps",
  async runtime(_input, context) {
    let total = 0;
    for (const index of range(5)) {
      total += await context.runInChildContext(`outer-${index}`, async (outer) => {
        const first = await outer.step("first", () => index);
        return outer.runInChildContext("inner", async (inner) => {
          const second = await inner.step("second", () => first + 1);
          return inner.step("third", () => second + 1);
        });
      });
    }
    return total;
  },
  async aws(_input, context) {
    let total = 0;
    for (const index of range(5)) {
      total += await context.runInChildContext(`outer-${index}`, async (outer) => {
        const first = await outer.step("first", async () => index);
        return outer.runInChildContext("inner", async (inner) => {
          const second = await inner.step("second", async () => first + 1);
          return inner.step("third", async () => second + 1);
        });
      });
    }
    return total;
  },
  returns: 20,
};

const page = "x".repeat(200_000);

const large: RequestCase = {
  title: "12 steps with results of 200 kB, side by side",
  async runtime(_input, context) {
    const pages = await Promise.all(range(12).map((i) => context.step(`page-${i}`, () => page)));
    return pages.length;
  },
  async aws(_input, context) {
    const pages = await Promise.all(
      range(12).map((i) => context.step(`page-${i}`, async () => page)),
    );
    return pages.length;
  },
  returns: 12,
};

export const requestCases: readonly RequestCase[] = [
  inARow,
  sideBySide,
  branches,
  list,
  nested,
  large,
];
