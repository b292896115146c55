import { expectTypeOf, test } from "vitest";
import {
  type BatchResult,
  createClassSerdes,
  createWaitStrategy,
  type DurableContext,
  type Serdes,
  type Serialized,
  withDurableExecution,
  withRetry,
} from "../src/index.ts";

interface Line {
  readonly sku: string;
  readonly note?: string;
}
interface Order {
  readonly id: string;
  readonly lines: readonly Line[];
}
type Id = string & { readonly brand: unique symbol };
type Anything = ReturnType<typeof JSON.parse>;
type Shape =
  | { readonly kind: "circle"; readonly radius: number; readonly side?: never }
  | { readonly kind: "square"; readonly side: number };

/** Refers to itself, and does not change. */
interface Tree {
  readonly name: string;
  readonly parent?: Tree | undefined;
  readonly children: readonly Tree[];
}
/** Refers to itself, and changes. */
interface Thread {
  readonly at: Date;
  readonly replies: Thread[];
}
type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

class Point {
  x = 1;
  y = 2;
}
class Money {
  readonly amount: number = 1;
  readonly currency: string = "EUR";
  format(): string {
    return `${this.amount} ${this.currency}`;
  }
}
class Account {
  readonly #secret: string = "s";
  readonly owner: string = "o";
  get masked(): string {
    return this.#secret.slice(-1);
  }
}
class Celsius {
  toJSON(): { readonly degrees: number; readonly at: Date } {
    return { degrees: 1, at: new Date() };
  }
}
class Failure extends Error {
  readonly code: number = 1;
  readonly at: Date = new Date();
}

declare const context: DurableContext;
declare const dates: Serdes<Date>;
declare const anything: () => Anything;

test("what JSON leaves as it is is the type itself", () => {
  expectTypeOf<Serialized<string>>().toEqualTypeOf<string>();
  expectTypeOf<Serialized<"a" | 1 | true>>().toEqualTypeOf<"a" | 1 | true>();
  expectTypeOf<Serialized<boolean>>().toEqualTypeOf<boolean>();
  expectTypeOf<Serialized<null>>().toEqualTypeOf<null>();
  expectTypeOf<Serialized<undefined>>().toEqualTypeOf<undefined>();
  expectTypeOf<Serialized<void>>().toEqualTypeOf<void>();
  expectTypeOf<Serialized<Order>>().toEqualTypeOf<Order>();
  expectTypeOf<Serialized<Order | undefined>>().toEqualTypeOf<Order | undefined>();
  expectTypeOf<Serialized<Shape>>().toEqualTypeOf<Shape>();
  expectTypeOf<Serialized<Id>>().toEqualTypeOf<Id>();
  expectTypeOf<Serialized<{ readonly id: Id }>>().toEqualTypeOf<{ readonly id: Id }>();
  expectTypeOf<Serialized<`order-${number}`>>().toEqualTypeOf<`order-${number}`>();
  expectTypeOf<Serialized<Point>>().toEqualTypeOf<Point>();
  expectTypeOf<Serialized<object>>().toEqualTypeOf<object>();
});

test("lists stay lists: mutable or not, with their length", () => {
  expectTypeOf<Serialized<number[]>>().toEqualTypeOf<number[]>();
  expectTypeOf<Serialized<readonly Order[]>>().toEqualTypeOf<readonly Order[]>();
  expectTypeOf<Serialized<readonly [1, "a", { b: true }]>>().toEqualTypeOf<
    readonly [1, "a", { b: true }]
  >();
  expectTypeOf<Serialized<Date[]>>().toEqualTypeOf<string[]>();
  expectTypeOf<Serialized<readonly Date[]>>().toEqualTypeOf<readonly string[]>();
  expectTypeOf<Serialized<[Date, ...Money[]]>>().toEqualTypeOf<
    [string, ...{ readonly amount: number; readonly currency: string }[]]
  >();
  expectTypeOf<Serialized<[head: string, tail?: Date]>>().toEqualTypeOf<
    [head: string, tail?: string]
  >();
});

test("any, unknown and never stay what they are, in fields as well", () => {
  expectTypeOf<Serialized<Anything>>().toEqualTypeOf<Anything>();
  expectTypeOf<Serialized<unknown>>().toEqualTypeOf<unknown>();
  expectTypeOf<Serialized<never>>().toEqualTypeOf<never>();
  expectTypeOf<Serialized<{ a: unknown; b: Anything; c: Date }>>().toEqualTypeOf<{
    a: unknown;
    b: Anything;
    c: string;
  }>();
  expectTypeOf<Serialized<unknown[]>>().toEqualTypeOf<unknown[]>();
  expectTypeOf<Serialized<Record<string, unknown>>>().toEqualTypeOf<Record<string, unknown>>();
});

test("what has a JSON form of its own takes that", () => {
  expectTypeOf<Serialized<Date>>().toEqualTypeOf<string>();
  expectTypeOf<Serialized<URL>>().toEqualTypeOf<string>();
  expectTypeOf<Serialized<Buffer>>().toEqualTypeOf<{ type: "Buffer"; data: number[] }>();
  expectTypeOf<Serialized<Celsius>>().toEqualTypeOf<{
    readonly degrees: number;
    readonly at: string;
  }>();
  expectTypeOf<Serialized<{ readonly at: Date; until?: Date; order: Order }>>().toEqualTypeOf<{
    readonly at: string;
    until?: string;
    order: Order;
  }>();
  expectTypeOf<Serialized<Record<string, Date>>>().toEqualTypeOf<Record<string, string>>();
  expectTypeOf<Serialized<Date | Order | null>>().toEqualTypeOf<string | Order | null>();
});

test("instances of classes come back as their data", () => {
  expectTypeOf<Serialized<Money>>().toEqualTypeOf<{
    readonly amount: number;
    readonly currency: string;
  }>();
  expectTypeOf<Serialized<Account>>().not.toEqualTypeOf<Account>();
  expectTypeOf<Serialized<Account>["owner"]>().toEqualTypeOf<string>();
  expectTypeOf<Serialized<Failure>>().toEqualTypeOf<{
    readonly code: number;
    readonly at: string;
  }>();
  expectTypeOf<Serialized<Uint8Array>>().toEqualTypeOf<Record<string, number>>();
});

test("what JSON makes empty objects of is empty", () => {
  expectTypeOf<Serialized<Map<string, number>>>().toEqualTypeOf<Record<string, never>>();
  expectTypeOf<Serialized<ReadonlySet<Order>>>().toEqualTypeOf<Record<string, never>>();
  expectTypeOf<Serialized<{ pattern: RegExp; pending: Promise<Order> }>>().toEqualTypeOf<{
    pattern: Record<string, never>;
    pending: Record<string, never>;
  }>();
});

test("what has no JSON form is gone: absent in objects, null in lists, nothing at all where it throws", () => {
  expectTypeOf<Serialized<{ act: () => void; sign: symbol; n: number }>>().toEqualTypeOf<{
    n: number;
  }>();
  expectTypeOf<Serialized<{ act?: () => void; n: number }>>().toEqualTypeOf<{ n: number }>();
  expectTypeOf<Serialized<{ act: string | (() => void) }>>().toEqualTypeOf<{ act?: string }>();
  expectTypeOf<Serialized<[string, undefined, () => void]>>().toEqualTypeOf<[string, null, null]>();
  expectTypeOf<Serialized<(Date | undefined)[]>>().toEqualTypeOf<(string | null)[]>();
  expectTypeOf<Serialized<bigint>>().toEqualTypeOf<never>();
  expectTypeOf<Serialized<{ amount: bigint }>>().toEqualTypeOf<{ amount: never }>();
  expectTypeOf<Serialized<() => void>>().toEqualTypeOf<never>();
});

test("a field that may be undefined may be absent; an optional one is as it was", () => {
  expectTypeOf<Serialized<{ readonly a: string | undefined; b: number }>>().toEqualTypeOf<{
    readonly a?: string;
    b: number;
  }>();
  expectTypeOf<Serialized<{ a?: string }>>().toEqualTypeOf<{ a?: string }>();
  expectTypeOf<Serialized<{ a?: string | undefined }>>().toEqualTypeOf<{
    a?: string | undefined;
  }>();
  expectTypeOf<Serialized<{ a: undefined; b: 1 }>>().toEqualTypeOf<{ b: 1 }>();
  expectTypeOf<Serialized<{ a: Date | undefined }>>().toEqualTypeOf<{ a?: string }>();
});

test("types that refer to themselves are followed to their end, where there is one", () => {
  expectTypeOf<Serialized<Tree>>().toEqualTypeOf<Tree>();
  expectTypeOf<Serialized<Json>>().toEqualTypeOf<Json>();
  expectTypeOf<Serialized<Thread>["at"]>().toEqualTypeOf<string>();
  type Deep = Serialized<Thread>["replies"][0]["replies"][0]["replies"][0]["replies"][0];
  expectTypeOf<Deep["replies"][0]["replies"][0]["replies"][0]["at"]>().toEqualTypeOf<string>();
  expectTypeOf<Serialized<HTMLish>["owner"]["first"]["owner"]["at"]>().toEqualTypeOf<string>();
});
interface HTMLish {
  readonly owner: Owner;
  readonly next: HTMLish | null;
}
interface Owner {
  readonly first: HTMLish;
  readonly at: Date;
}

test("operations give what comes back", () => {
  expectTypeOf(context.step(() => new Date())).resolves.toEqualTypeOf<string>();
  expectTypeOf(context.step("s", async () => ({ at: new Date() }))).resolves.toEqualTypeOf<{
    at: string;
  }>();
  expectTypeOf(context.step("s", () => new Money(), {})).resolves.toEqualTypeOf<{
    readonly amount: number;
    readonly currency: string;
  }>();
  expectTypeOf(
    context.runInChildContext(async (child) => ({ order: await child.step(() => new Date()) })),
  ).resolves.toEqualTypeOf<{ order: string }>();
  expectTypeOf(context.invoke<{ at: Date }>("f", {})).resolves.toEqualTypeOf<{ at: string }>();
  expectTypeOf(context.map([1], () => new Date())).resolves.toEqualTypeOf<BatchResult<string>>();
  expectTypeOf(
    context.parallel("p", [async () => new Date(), () => 1, async () => {}]),
  ).resolves.toEqualTypeOf<BatchResult<string | number | void>>();
  expectTypeOf(withRetry(context, async () => new Date())).resolves.toEqualTypeOf<string>();
  expectTypeOf(
    context.promise.all([Promise.resolve(new Date()), context.wait({ seconds: 1 })]),
  ).resolves.toEqualTypeOf<[string, void]>();
  expectTypeOf(context.promise.race([Promise.resolve(new Date()), 1])).resolves.toEqualTypeOf<
    string | number
  >();
  expectTypeOf(context.step((): unknown => 1)).resolves.toEqualTypeOf<unknown>();
  expectTypeOf(context.step(anything)).resolves.toEqualTypeOf<Anything>();
  expectTypeOf(context.step<Order>("s", anything)).resolves.toEqualTypeOf<Order>();
});

test("with a serdes of its own, an operation gives what that makes", () => {
  const serdes = dates;
  expectTypeOf(context.step(() => new Date(), { serdes })).resolves.toEqualTypeOf<Date>();
  expectTypeOf(
    context.step("s", () => new Date(), { serdes, semantics: "AtMostOncePerRetry" }),
  ).resolves.toEqualTypeOf<Date>();
  expectTypeOf(
    context.runInChildContext("c", async () => new Date(), { serdes }),
  ).resolves.toEqualTypeOf<Date>();
  expectTypeOf(context.invoke("f", 1, { resultSerdes: dates })).resolves.toEqualTypeOf<Date>();
  expectTypeOf(
    context.map("m", [1], () => new Date(), { itemSerdes: dates, maxConcurrency: 2 }),
  ).resolves.toEqualTypeOf<BatchResult<Date>>();
  expectTypeOf(context.parallel([() => new Date()], { itemSerdes: dates })).resolves.toEqualTypeOf<
    BatchResult<Date>
  >();
  expectTypeOf(
    withRetry(context, "r", async () => new Date(), { serdes }),
  ).resolves.toEqualTypeOf<Date>();
  expectTypeOf(
    context.step(() => new Money(), { serdes: createClassSerdes(Money) }),
  ).resolves.toEqualTypeOf<Money>();
  // @ts-expect-error: it is not for what the function returns
  void context.step(() => 1, { serdes });
});

test("a condition's state has been through JSON in every check, and for the strategy", () => {
  const polled = context.waitForCondition(
    "job",
    (state) => {
      expectTypeOf(state).toEqualTypeOf<{ since: string; done: boolean }>();
      return { since: new Date(state.since), done: true };
    },
    {
      initialState: { since: new Date(), done: false },
      waitStrategy: (state, attempt) => {
        expectTypeOf(state).toEqualTypeOf<{ since: string; done: boolean }>();
        return state.done || attempt > 3
          ? { shouldContinue: false }
          : { shouldContinue: true, delay: { seconds: 1 } };
      },
    },
  );
  expectTypeOf(polled).resolves.toEqualTypeOf<{ since: string; done: boolean }>();
  expectTypeOf(
    context.waitForCondition((since) => new Date(since.getTime() + 1), {
      initialState: new Date(),
      serdes: dates,
      waitStrategy: createWaitStrategy({ shouldContinuePolling: (since) => since.getTime() < 5 }),
    }),
  ).resolves.toEqualTypeOf<Date>();
});

test("generic code of the user's says Serialized, and its callers see what that is", () => {
  async function audited<T>(outer: DurableContext, act: () => Promise<T>): Promise<Serialized<T>> {
    await outer.step("audit", () => 1);
    return outer.step("act", act);
  }
  expectTypeOf(audited(context, async () => ({ at: new Date() }))).resolves.toEqualTypeOf<{
    at: string;
  }>();
  expectTypeOf(audited(context, async () => ({ id: "x" }))).resolves.toEqualTypeOf<{
    id: string;
  }>();
  const all = async <T>(items: readonly T[], act: (item: T) => Promise<T>) =>
    (await context.map(items, (_, item) => act(item))).getResults();
  expectTypeOf(all([1, 2], async (n) => n + 1)).resolves.toEqualTypeOf<number[]>();
});

test("a handler's own types are not touched", () => {
  const handler = withDurableExecution(async (order: Order, durable) => {
    const charged = await durable.step("charge", () => ({ at: new Date(), id: order.id }));
    return charged.at.length;
  });
  expectTypeOf(handler).returns.resolves.toHaveProperty("Status");
});
