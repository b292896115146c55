import { type DurableContext, withDurableExecution } from "@durabletest/runtime";
import type { DurableHandler } from "../../../src/index.ts";

type Body = (context: DurableContext) => Promise<unknown>;

/** A change of a handler, and what it does to executions in flight. */
export interface Change {
  readonly change: string;
  readonly before: Body;
  readonly after: Body;
  /** Undefined: they go on. Else where they break, and how far. */
  readonly falls?: {
    /** The event that the handler does not account for: `StepStarted charge`. */
    readonly at: string;
    /** What it asks for in its place. */
    readonly asks?: string;
    /** The last event at which they break; none: they break however far they have come. */
    readonly until?: string;
    /** Where they break again. */
    readonly again?: string;
  };
  /** Handlers of AWS's SDK cannot be written so. */
  readonly isOurs?: true;
  /** What the handler asks for after the recorded end. */
  readonly next?: readonly string[];
}

export const durable = (body: Body): DurableHandler<unknown, unknown> =>
  withDurableExecution(async (_: unknown, context: DurableContext) => body(context));

const step = (context: DurableContext, name: string): Promise<unknown> =>
  context.step(name, async () => name);

/** Reserve, an hour's pause, charge. */
const order: Body = async (context) => {
  await step(context, "reserve");
  await context.wait("pause", { hours: 1 });
  await step(context, "charge");
};

const inChild: Body = async (context) => {
  await context.runInChildContext("pay", async (child) => {
    await child.wait("pause", { hours: 1 });
    await step(child, "charge");
    await child.wait("settle", { hours: 1 });
  });
  await context.wait("after", { hours: 1 });
};

const childWith =
  (body: Body, name = "pay"): Body =>
  async (context) => {
    await context.runInChildContext(name, async (child) => body(child));
    await context.wait("after", { hours: 1 });
  };

const items =
  (name: string, itemStep: string, list: readonly number[] = [1, 2]): Body =>
  async (context) => {
    await context.map(name, list, async (child, item) => {
      await step(child, `${itemStep} ${item}`);
      await child.wait("rest", { minutes: item });
    });
    await context.wait("after", { hours: 1 });
  };

const branches =
  (...names: readonly string[]): Body =>
  async (context) => {
    await context.parallel(
      "checks",
      names.map((name) => async (child: DurableContext) => {
        await step(child, name);
        await child.wait("rest", { minutes: 1 });
      }),
    );
    await context.wait("after", { hours: 1 });
  };

const approval: Body = async (context) => {
  const callback = await context.createCallback("approval", { timeout: { hours: 1 } });
  await step(context, "ask");
  await callback.result();
  await step(context, "act");
};

export const CHANGES: readonly Change[] = [
  // What may be done.
  { change: "none at all", before: order, after: order },
  {
    change: "another body of a step",
    before: order,
    after: async (context) => {
      await context.step("reserve", async () => ({ another: "result" }));
      await context.wait("pause", { hours: 1 });
      await context.step("charge", async () => {
        throw new Error("is not run");
      });
    },
  },
  {
    change: "a renamed variable, and code between operations",
    before: order,
    after: async (context) => {
      const reservation = await step(context, "reserve");
      await Promise.resolve(reservation);
      await context.wait("pause", { hours: 1 });
      return [reservation, await step(context, "charge")];
    },
  },
  {
    change: "a step more at the end",
    before: order,
    after: async (context) => {
      await order(context);
      await step(context, "receipt");
    },
    next: ["STEP receipt"],
  },
  {
    change: "another duration of a wait",
    before: order,
    after: async (context) => {
      await step(context, "reserve");
      await context.wait("pause", { days: 3 });
      await step(context, "charge");
    },
  },
  {
    change: "another retry strategy",
    before: order,
    after: async (context) => {
      await context.step("reserve", async () => 1, {
        retryStrategy: () => ({ shouldRetry: false }),
      });
      await context.wait("pause", { hours: 1 });
      await step(context, "charge");
    },
  },
  {
    change: "another deadline of a callback",
    isOurs: true,
    before: approval,
    after: async (context) => {
      const callback = await context.createCallback("approval", { timeout: { days: 2 } });
      await step(context, "ask");
      await callback.result();
      await step(context, "act");
    },
  },
  {
    change: "a branch more at the end of a parallel",
    before: branches("stock", "fraud"),
    after: branches("stock", "fraud", "limits"),
  },
  {
    change: "an item more at the end of a map",
    before: items("orders", "ship"),
    after: items("orders", "ship", [1, 2, 3]),
  },
  {
    change: "two starts at once in place of one after the other, in the same order",
    before: async (context) => {
      await step(context, "a");
      await step(context, "b");
      await context.wait("pause", { hours: 1 });
    },
    after: async (context) => {
      await Promise.all([step(context, "a"), step(context, "b")]);
      await context.wait("pause", { hours: 1 });
    },
  },
  {
    change: "put behind a version that the input carries",
    before: order,
    after: async (context) => {
      const input: { readonly version?: number } = {};
      if ((input.version ?? 1) >= 2) await step(context, "check");
      await order(context);
    },
  },
  // Names.
  {
    change: "a renamed step",
    before: order,
    after: async (context) => {
      await step(context, "reserve");
      await context.wait("pause", { hours: 1 });
      await step(context, "charge card");
    },
    falls: { at: "StepStarted charge", asks: "STEP charge card" },
  },
  {
    change: "a renamed wait",
    before: order,
    after: async (context) => {
      await step(context, "reserve");
      await context.wait("cooldown", { hours: 1 });
      await step(context, "charge");
    },
    falls: { at: "WaitStarted pause", asks: "WAIT cooldown" },
  },
  {
    change: "a name taken from a step",
    before: order,
    after: async (context) => {
      await context.step(async () => 1);
      await context.wait("pause", { hours: 1 });
      await step(context, "charge");
    },
    falls: { at: "StepStarted reserve", asks: "STEP " },
  },
  {
    change: "a renamed callback",
    isOurs: true,
    before: approval,
    after: async (context) => {
      const callback = await context.createCallback("consent", { timeout: { hours: 1 } });
      await step(context, "ask");
      await callback.result();
      await step(context, "act");
    },
    falls: { at: "CallbackStarted approval", asks: "CALLBACK consent" },
  },
  {
    change: "a renamed child context",
    before: inChild,
    after: childWith(async (child) => {
      await child.wait("pause", { hours: 1 });
      await step(child, "charge");
      await child.wait("settle", { hours: 1 });
    }, "payment"),
    falls: { at: "ContextStarted pay", asks: "CONTEXT payment" },
  },
  {
    change: "a renamed step in a child context",
    before: inChild,
    after: childWith(async (child) => {
      await child.wait("pause", { hours: 1 });
      await step(child, "charge card");
      await child.wait("settle", { hours: 1 });
    }),
    falls: { at: "StepStarted charge", asks: "STEP charge card", until: "WaitSucceeded settle" },
  },
  {
    change: "a renamed map",
    before: items("orders", "ship"),
    after: items("parcels", "ship"),
    falls: { at: "ContextStarted orders", asks: "CONTEXT parcels" },
  },
  {
    change: "a renamed step inside of a map",
    before: items("orders", "ship"),
    after: items("orders", "send"),
    falls: { at: "StepStarted ship 1", asks: "STEP send 1", until: "WaitSucceeded rest" },
  },
  // Order, more and less.
  {
    change: "two steps in another order",
    before: order,
    after: async (context) => {
      await step(context, "charge");
      await context.wait("pause", { hours: 1 });
      await step(context, "reserve");
    },
    falls: { at: "StepStarted reserve", asks: "STEP charge" },
  },
  {
    change: "a step more at the beginning",
    before: order,
    after: async (context) => {
      await step(context, "check");
      await order(context);
    },
    falls: { at: "StepStarted reserve", asks: "STEP check" },
  },
  {
    change: "a step more before another",
    before: order,
    after: async (context) => {
      await step(context, "reserve");
      await context.wait("pause", { hours: 1 });
      await step(context, "check");
      await step(context, "charge");
    },
    falls: { at: "StepStarted charge", asks: "STEP check" },
  },
  {
    change: "a step more beside a wait",
    before: order,
    after: async (context) => {
      await step(context, "reserve");
      await Promise.all([step(context, "notify"), context.wait("pause", { hours: 1 })]);
      await step(context, "charge");
    },
    falls: { at: "WaitStarted pause", asks: "STEP notify" },
  },
  {
    change: "a step less in the middle",
    before: order,
    after: async (context) => {
      await context.wait("pause", { hours: 1 });
      await step(context, "charge");
    },
    falls: { at: "StepStarted reserve", asks: "WAIT pause" },
  },
  {
    change: "a step less at the end",
    before: order,
    after: async (context) => {
      await step(context, "reserve");
      await context.wait("pause", { hours: 1 });
    },
    falls: { at: "StepStarted charge" },
  },
  {
    change: "a step put under a condition that does not hold",
    before: order,
    after: async (context) => {
      const isLarge = (await step(context, "reserve")) === "large";
      await context.wait("pause", { hours: 1 });
      if (isLarge) await step(context, "charge");
    },
    falls: { at: "StepStarted charge" },
  },
  {
    change: "a wait less at the end of a child context",
    before: inChild,
    after: childWith(async (child) => {
      await child.wait("pause", { hours: 1 });
      await step(child, "charge");
    }),
    falls: { at: "WaitStarted settle", until: "WaitSucceeded settle" },
  },
  {
    change: "a branch more at the beginning of a parallel",
    before: branches("stock", "fraud"),
    after: branches("limits", "stock", "fraud"),
    falls: { at: "StepStarted stock", asks: "STEP limits", until: "WaitSucceeded rest" },
  },
  {
    change: "a branch less",
    before: branches("stock", "fraud"),
    after: branches("stock"),
    falls: { at: "ContextStarted parallel-branch-1", until: "WaitSucceeded rest" },
  },
  {
    change: "an item less",
    before: items("orders", "ship"),
    after: items("orders", "ship", [1]),
    falls: { at: "ContextStarted map-item-1", until: "WaitSucceeded rest" },
  },
  // Kinds.
  {
    change: "a wait in place of a step",
    before: order,
    after: async (context) => {
      await context.wait("reserve", { hours: 1 });
      await context.wait("pause", { hours: 1 });
      await step(context, "charge");
    },
    falls: { at: "StepStarted reserve", asks: "WAIT reserve" },
  },
  {
    change: "a condition in place of a step: another subtype",
    before: order,
    after: async (context) => {
      await context.waitForCondition("reserve", async (n: number) => n, {
        initialState: 0,
        waitStrategy: () => ({ shouldContinue: false }),
      });
      await context.wait("pause", { hours: 1 });
      await step(context, "charge");
    },
    falls: { at: "StepStarted reserve", asks: "STEP reserve" },
  },
  {
    change: "a parallel in place of a map: another subtype",
    before: items("orders", "ship"),
    after: async (context) => {
      await context.parallel("orders", [async (child) => step(child, "ship 1")]);
      await context.wait("after", { hours: 1 });
    },
    falls: { at: "ContextStarted orders", asks: "CONTEXT orders" },
  },
  {
    change: "an invoke in place of a step",
    isOurs: true,
    before: order,
    after: async (context) => {
      await context.invoke("inventory", {}, { name: "reserve" });
      await context.wait("pause", { hours: 1 });
      await step(context, "charge");
    },
    falls: { at: "StepStarted reserve", asks: "CHAINED_INVOKE reserve" },
  },
  {
    change: "waitForCallback in place of a callback and a step",
    isOurs: true,
    before: approval,
    after: async (context) => {
      await context.waitForCallback("approval", async () => {}, { timeout: { hours: 1 } });
      await step(context, "act");
    },
    falls: { at: "CallbackStarted approval", asks: "CONTEXT approval" },
  },
  // Places.
  {
    change: "a step moved into a child context",
    before: order,
    after: async (context) => {
      await context.runInChildContext("reserve", async (child) => step(child, "reserve"));
      await context.wait("pause", { hours: 1 });
      await step(context, "charge");
    },
    falls: { at: "StepStarted reserve", asks: "CONTEXT reserve" },
  },
  {
    change: "a step moved out of a child context",
    before: inChild,
    after: async (context) => {
      await context.runInChildContext("pay", async (child) => {
        await child.wait("pause", { hours: 1 });
        await child.wait("settle", { hours: 1 });
      });
      await step(context, "charge");
      await context.wait("after", { hours: 1 });
    },
    falls: {
      at: "StepStarted charge",
      asks: "WAIT settle",
      until: "WaitSucceeded settle",
      again: "WaitStarted after",
    },
  },
  {
    change: "a map whose items are not recorded any more",
    isOurs: true,
    before: items("orders", "ship"),
    after: async (context) => {
      await context.map("orders", [1, 2], async (child, item) => step(child, `ship ${item}`), {
        nesting: "FLAT",
      });
      await context.wait("after", { hours: 1 });
    },
    falls: { at: "ContextStarted map-item-0", until: "WaitSucceeded rest" },
  },
  {
    change: "a child context that is recorded from now on",
    isOurs: true,
    before: async (context) => {
      await context.runInChildContext("box", async (child) => step(child, "inner"), {
        nesting: "FLAT",
      });
      await context.wait("after", { hours: 1 });
    },
    after: async (context) => {
      await context.runInChildContext("box", async (child) => step(child, "inner"));
      await context.wait("after", { hours: 1 });
    },
    falls: { at: "StepStarted inner", asks: "STEP inner" },
  },
  {
    change: "a callback asked for in the step rather than before it",
    isOurs: true,
    before: approval,
    after: async (context) => {
      await context.step("ask", async (inside) => inside.createCallback("approval"));
      await step(context, "act");
    },
    falls: { at: "CallbackStarted approval", asks: "STEP ask" },
  },
];
