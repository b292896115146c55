/**
 * The handlers that are measured, each written three ways: for our runtime, for AWS's SDK, and as the
 * bare function. The three of a case do the same work and return the same value.
 *
 * Types only are imported here, so that no side pays for another side's packages.
 */
import type { DurableContext as AwsContext } from "@aws/durable-execution-sdk-js";
import type { DurableContext } from "@durabletest/runtime";

/** One handler, three ways. */
export interface Case<Input, Output> {
  readonly input: Input;
  readonly runtime: (input: Input, context: DurableContext) => Promise<Output>;
  readonly aws: (input: Input, context: AwsContext) => Promise<Output>;
  /** The floor: no operations, but every value that would be stored goes through JSON. */
  readonly bare: () => Promise<unknown>;
}

interface Order {
  readonly id: string;
  readonly prices: readonly number[];
}

export interface Approval {
  readonly approved: boolean;
}

/** What the outside world answers in {@link approval}. */
export const answer: Approval = { approved: true };
export const APPROVAL = "approval";

const totalOf = ({ prices }: Order): number => prices.reduce((sum, price) => sum + price, 0);

const order: Order = { id: "order-1", prices: [10, 20, 12] };

/** A step, a wait of an hour, and a callback that the test answers. */
export const approval: Case<Order, { readonly total: number; readonly approved: boolean }> = {
  input: order,
  async runtime(input, context) {
    const total = await context.step("total", () => totalOf(input));
    await context.wait("cooling-off", { hours: 1 });
    const callback = await context.createCallback<Approval>(APPROVAL);
    const approved = (await callback.result())?.approved === true;
    return { total, approved };
  },
  async aws(input, context) {
    const total = await context.step("total", async () => totalOf(input));
    await context.wait("cooling-off", { hours: 1 });
    const [callback] = await context.createCallback(APPROVAL);
    // AWS's SDK hands the payload over as text.
    const { approved } = JSON.parse(await callback) as Approval;
    return { total, approved };
  },
  async bare() {
    const input = viaJson(order);
    const total = viaJson(await immediately(() => totalOf(input)));
    await immediately(() => undefined);
    const { approved } = viaJson(await immediately(() => answer));
    return viaJson({ total, approved });
  },
};

/** Steps, one after the other, each with a small result. */
export function steps(count: number): Case<undefined, number> {
  return {
    input: undefined,
    async runtime(_input, context) {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        const { value } = await context.step(`step-${index}`, () => ({ value: index }));
        sum += value;
      }
      return sum;
    },
    async aws(_input, context) {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        const { value } = await context.step(`step-${index}`, async () => ({ value: index }));
        sum += value;
      }
      return sum;
    },
    async bare() {
      let sum = 0;
      for (let index = 0; index < count; index += 1) {
        const { value } = viaJson(await immediately(() => ({ value: index })));
        sum += value;
      }
      return viaJson(sum);
    },
  };
}

/** Waits of a minute, one after the other: the handler is suspended and replayed at each. */
export function waits(count: number): Case<undefined, number> {
  return {
    input: undefined,
    async runtime(_input, context) {
      for (let index = 0; index < count; index += 1) {
        await context.wait(`wait-${index}`, { minutes: 1 });
      }
      return count;
    },
    async aws(_input, context) {
      for (let index = 0; index < count; index += 1) {
        await context.wait(`wait-${index}`, { minutes: 1 });
      }
      return count;
    },
    async bare() {
      for (let index = 0; index < count; index += 1) await immediately(() => undefined);
      return viaJson(count);
    },
  };
}

/** Branches that go on side by side, a step in each. */
export function branches(count: number): Case<undefined, number> {
  const indices = Array.from({ length: count }, (_, index) => index);
  return {
    input: undefined,
    async runtime(_input, context) {
      const batch = await context.parallel(
        indices.map((index) => async (branch: DurableContext) => branch.step("work", () => index)),
      );
      return sumOf(batch.getResults());
    },
    async aws(_input, context) {
      const batch = await context.parallel(
        indices.map(
          (index) => async (branch: AwsContext) => branch.step("work", async () => index),
        ),
      );
      return sumOf(batch.getResults());
    },
    async bare() {
      const results = await Promise.all(indices.map(viaJsonTwice));
      return viaJson(sumOf(viaJson(results)));
    },
  };
}

/** Items, of which so many are worked on at once, a step for each. */
export function items(count: number, maxConcurrency: number): Case<undefined, number> {
  const indices = Array.from({ length: count }, (_, index) => index);
  return {
    input: undefined,
    async runtime(_input, context) {
      const batch = await context.map(
        indices,
        async (child, index) => child.step("work", () => index),
        { maxConcurrency },
      );
      return sumOf(batch.getResults());
    },
    async aws(_input, context) {
      const batch = await context.map(
        indices,
        async (child, index) => child.step("work", async () => index),
        { maxConcurrency },
      );
      return sumOf(batch.getResults());
    },
    async bare() {
      const results = await Promise.all(indices.map(viaJsonTwice));
      return viaJson(sumOf(viaJson(results)));
    },
  };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** As the result of a step, and of the context around it. */
async function viaJsonTwice(value: number): Promise<number> {
  return viaJson(viaJson(await immediately(() => value)));
}

function viaJson<T>(value: T): T {
  return JSON.parse(JSON.stringify(value)) as T;
}

async function immediately<T>(make: () => T): Promise<T> {
  return make();
}
