import {
  type Callback,
  createWaitStrategy,
  type DurableContext,
  type StepContext,
  withDurableExecution,
} from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { type DurableResult, DurableTestRunner, respond } from "../src/index.ts";

/** Runs code of the handler's inside something, where its own context is not the innermost. */
interface Inside {
  readonly where: string;
  readonly enter: (context: DurableContext, code: () => Promise<unknown>) => Promise<unknown>;
  /** What the message calls it. */
  readonly called: string;
  /** What the message says to do. */
  readonly advice: string;
}

const useChild = "use the child context that the function of";
const useStep = "A step is one operation: use what the function of";
const none = "Code in there has no context of its own";

const insides: readonly Inside[] = [
  {
    where: "a child context",
    enter: (context, code) => context.runInChildContext("child", code),
    called: 'child context "child"',
    advice: useChild,
  },
  {
    where: "a child context without a name",
    enter: (context, code) => context.runInChildContext(code),
    called: "an unnamed child context",
    advice: useChild,
  },
  {
    where: "a child context that is recorded flat",
    enter: (context, code) => context.runInChildContext("child", code, { nesting: "FLAT" }),
    called: 'child context "child"',
    advice: useChild,
  },
  {
    where: "a child of a child",
    enter: (context, code) =>
      context.runInChildContext("child", (child) => child.runInChildContext("grandchild", code)),
    called: 'child context "grandchild"',
    advice: useChild,
  },
  {
    where: "an item of a map",
    enter: (context, code) => context.map("ship", [1], code),
    called: 'map item "map-item-0"',
    advice: useChild,
  },
  {
    where: "an item of a map that is recorded flat",
    enter: (context, code) => context.map("ship", [1], code, { nesting: "FLAT" }),
    called: 'map item "map-item-0"',
    advice: useChild,
  },
  {
    where: "a branch of a parallel",
    enter: (context, code) => context.parallel([{ name: "left", func: code }, async () => 1]),
    called: 'parallel branch "left"',
    advice: useChild,
  },
  {
    where: "a step",
    enter: (context, code) => context.step("charge", code),
    called: 'step "charge"',
    advice: useStep,
  },
  {
    where: "a step without a name",
    enter: (context, code) => context.step(code),
    called: "an unnamed step",
    advice: useStep,
  },
  {
    where: "an at-most-once step",
    enter: (context, code) => context.step("charge", code, { semantics: "AtMostOncePerRetry" }),
    called: 'step "charge"',
    advice: useStep,
  },
  {
    where: "a submitter",
    enter: (context, code) => context.waitForCallback("ask", async () => void (await code())),
    called: 'the submitter of waitForCallback "ask"',
    advice: useStep,
  },
  {
    where: "a condition's check",
    enter: (context, code) =>
      context.waitForCondition("job", async () => Boolean(await code()), {
        initialState: false,
        waitStrategy: createWaitStrategy({ shouldContinuePolling: () => true }),
      }),
    called: 'waitForCondition "job"',
    advice: useStep,
  },
  {
    where: "a promise that is only made when a combinator asks for it",
    enter: (context, code) =>
      context.promise.all("both", [
        // oxlint-disable-next-line unicorn/no-thenable -- a lazy promise, as other SDKs have them
        { then: (resolve: (value: unknown) => void) => void code().then(resolve, resolve) },
      ]),
    called: 'promise.all "both"',
    advice: none,
  },
  {
    where: "the decision whether a map is complete",
    enter: (context, code) =>
      context.map("ship", [1], async () => 1, {
        completionConfig: {
          shouldComplete: () => {
            void code();
            return { complete: true };
          },
        },
      }),
    called: 'map "ship"',
    advice: none,
  },
];

const calls: readonly {
  readonly call: string;
  readonly make: (context: DurableContext, callback: Callback<string>) => Promise<unknown>;
}[] = [
  { call: 'context.step("work", …)', make: (context) => context.step("work", () => 1) },
  { call: 'context.wait("later", …)', make: (context) => context.wait("later", { hours: 1 }) },
  { call: "context.wait", make: (context) => context.wait({ hours: 1 }) },
  { call: "context.createCallback", make: (context) => context.createCallback() },
  {
    call: "context.waitForCallback",
    make: (context, callback) => context.waitForCallback(callback),
  },
  {
    call: 'context.waitForCallback("ask again", …)',
    make: (context) => context.waitForCallback("ask again", () => {}),
  },
  {
    call: "context.runInChildContext",
    make: (context) => context.runInChildContext(async () => 1),
  },
  { call: 'context.invoke("echo", …)', make: (context) => context.invoke("echo", {}) },
  {
    call: 'context.waitForCondition("poll", …)',
    make: (context) =>
      context.waitForCondition("poll", () => 1, {
        initialState: 0,
        waitStrategy: () => ({ shouldContinue: false }),
      }),
  },
  { call: 'context.map("each", …)', make: (context) => context.map("each", [1], async () => 1) },
  { call: "context.parallel", make: (context) => context.parallel([async () => 1]) },
  { call: "context.promise.race", make: (context) => context.promise.race([1]) },
];

/** A misuse that user code catches, and that must come to light all the same. */
const run = async (
  { enter }: Pick<Inside, "enter">,
  make: (typeof calls)[number]["make"],
): Promise<DurableResult<unknown>> => {
  const handler = withDurableExecution(async (_: unknown, context) => {
    const callback = await context.createCallback<string>("before");
    await enter(context, async () => make(context, callback).catch(() => "caught"));
    await context.wait("after", { seconds: 1 });
    return "went on";
  });
  return new DurableTestRunner<unknown>(handler, {
    callbacks: { before: respond.success("answer") },
    durableFunctions: { echo: withDurableExecution(async () => 1) },
  }).run({});
};

describe("the handler's context", () => {
  for (const inside of insides) {
    test.for(calls)(`inside ${inside.where} is refused at once: $call`, async ({ call, make }) => {
      const { status, error, operations } = await run(inside, make);
      expect(status).toBe("FAILED");
      expect(error?.ErrorType).toBe("WrongContextError");
      expect(error?.ErrorMessage).toContain(
        `${call} was called inside ${inside.called} on the context of the handler.`,
      );
      expect(error?.ErrorMessage).toContain(inside.advice);
      expect(error?.StackTrace?.join("\n")).toContain("wrong-context.test.ts");
      expect(operations.map(({ name }) => name)).not.toContain("after");
    });
  }

  test.for(calls)("may be used for $call where nothing is around it", async ({ make }) => {
    const result = await run({ enter: (_, code) => code() }, make);
    expect(result.error).toBeUndefined();
  });
});

describe("a child's context", () => {
  const leaking = (
    use: (context: DurableContext, leaked: DurableContext) => Promise<unknown>,
  ): Promise<unknown> => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      let leaked = context;
      await context.runInChildContext("first", async (child) => {
        leaked = child;
      });
      return use(context, leaked);
    });
    return new DurableTestRunner(handler).run().then(({ error }) => error?.ErrorMessage);
  };

  test("outside of the child is refused, and told from that of the place", async () => {
    expect(await leaking((_, leaked) => leaked.step("work", () => 1))).toBe(
      'context.step("work", …) was called inside the handler on the context of child context "first". The context of child context "first" is for its own function: use that of the handler here.',
    );
  });

  test("in a sibling is refused", async () => {
    expect(
      await leaking((context, leaked) =>
        context.runInChildContext("second", () => leaked.wait({ seconds: 1 })),
      ),
    ).toContain(
      'context.wait was called inside child context "second" on the context of child context "first". Operations belong to the innermost context',
    );
  });

  test("in a step of the child is refused as the handler's is", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.runInChildContext("child", (child) =>
        child.step("work", () => child.step("nested", () => 1)),
      ),
    );
    const { error } = await new DurableTestRunner(handler).run();
    expect(error?.ErrorMessage).toContain(
      'context.step("nested", …) was called inside step "work" on the context of child context "child".',
    );
  });
});

describe("a step's context", () => {
  test("is refused outside of its step, and in another one", async () => {
    const handlerOf = (use: (context: DurableContext, leaked: StepContext) => Promise<unknown>) =>
      withDurableExecution(async (_: unknown, context) => {
        let leaked: StepContext | undefined;
        await context.step("first", (step) => {
          leaked = step;
        });
        return leaked === undefined ? undefined : use(context, leaked);
      });
    const outside = await new DurableTestRunner(
      handlerOf((_, leaked) => leaked.createCallback("cb")),
    ).run();
    expect(outside.error?.ErrorMessage).toContain(
      'step.createCallback("cb", …) was called inside the handler on the context of step "first".',
    );
    const another = await new DurableTestRunner(
      handlerOf((context, leaked) => context.step("second", () => leaked.createCallback("cb"))),
    ).run();
    expect(another.error?.ErrorMessage).toContain(
      'inside step "second" on the context of step "first".',
    );
  });
});

describe("what an earlier invocation was given", () => {
  /** What a handler keeps from its first invocation, and uses in all of them. */
  const keeping = <Kept>(
    keep: (context: DurableContext) => Kept | Promise<Kept>,
    use: (kept: Kept, context: DurableContext) => Promise<unknown>,
  ): Promise<DurableResult<unknown>> => {
    let kept: { readonly first: Kept } | undefined;
    const handler = withDurableExecution(async (_: unknown, context) => {
      const made = await keep(context);
      kept ??= { first: made };
      await context.wait("pause", { seconds: 1 });
      return use(kept.first, context);
    });
    return new DurableTestRunner<unknown>(handler, {
      callbacks: { answer: respond.success("yes") },
    }).run();
  };

  test.for(calls)("is refused in the next: $call", async ({ call, make }) => {
    const { status, error } = await keeping(
      async (context) => ({ context, callback: await context.createCallback<string>("answer") }),
      ({ context, callback }) => make(context, callback).catch(() => "caught"),
    );
    expect(status).toBe("FAILED");
    expect(error?.ErrorType).toBe("WrongContextError");
    expect(error?.ErrorMessage).toContain(
      `${call} was called inside the handler on what belongs to an earlier invocation.`,
    );
    expect(error?.StackTrace?.join("\n")).toContain("wrong-context.test.ts");
  });

  test("is refused inside a child context, too", async () => {
    const { error } = await keeping(
      (context) => context,
      (kept, context) => context.runInChildContext("child", () => kept.step("work", () => 1)),
    );
    expect(error?.ErrorMessage).toContain(
      'context.step("work", …) was called inside child context "child" on what belongs to an earlier invocation.',
    );
  });

  test.for(["result", "settled"] as const)("is refused where it is a callback: %s", async (ask) => {
    const { error } = await keeping(
      (context) => context.createCallback<string>("answer"),
      (callback) => callback[ask](),
    );
    expect(error?.ErrorMessage).toContain(
      `callback.${ask} of callback "answer" was called inside the handler on what belongs to an earlier invocation.`,
    );
  });

  test("is no matter of what that invocation has left behind", async () => {
    let invocations = 0;
    const handler = withDurableExecution(async (_: unknown, context) => {
      invocations += 1;
      setTimeout(() => void context.step("late", () => 1), 500);
      await context.wait("pause", { seconds: 1 });
      return "done";
    });
    expect((await new DurableTestRunner(handler).run()).result).toBe("done");
    expect(invocations).toBe(2);
  });
});

test("the context of another execution that goes on is refused", async () => {
  let other: DurableContext | undefined;
  const inner = withDurableExecution(async (_: unknown, context) =>
    (other ?? context).step("work", () => 1),
  );
  const outer = withDurableExecution(async (_: unknown, context) => {
    other = context;
    return (await new DurableTestRunner(inner).run()).error?.ErrorMessage;
  });
  const { result } = await new DurableTestRunner(outer).run();
  expect(result).toContain("on what belongs to another execution.");
});

describe("a misuse", () => {
  test("in a step is not tried again", async () => {
    let runs = 0;
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.step("charge", async () => {
        runs += 1;
        await context.wait({ seconds: 1 });
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorType).toBe("WrongContextError");
    expect(result.elapsedMs).toBe(0);
    expect(runs).toBe(1);
  });

  test("that comes after a wait is found out on the invocation that makes it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.map("ship", [1, 2], async (child, item) => {
        await child.wait({ hours: item });
        await context.step("label", () => item);
      }),
    );
    const result = await new DurableTestRunner(handler).run();
    expect(result.error?.ErrorType).toBe("WrongContextError");
    expect(result.elapsedMs).toBe(3_600_000);
  });
});

describe("what may be used anywhere", () => {
  test("the outer logger, ARN and Lambda context", async () => {
    const handler = withDurableExecution(
      async (_: unknown, context) =>
        context.runInChildContext((child) =>
          child.step(() => {
            context.logger.info("inside");
            return [context.executionArn === child.executionArn, typeof context.lambdaContext];
          }),
        ),
      { logger: { debug() {}, info() {}, warn() {}, error() {} } },
    );
    const { result } = await new DurableTestRunner(handler).run();
    expect(result).toEqual([true, "object"]);
  });

  test("promises of operations that began outside", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const outside = context.step("outside", () => "began outside");
      const waiting = context.wait({ seconds: 1 });
      return context.runInChildContext("child", async (child) => {
        await waiting;
        return child.step("inside", async () => outside);
      });
    });
    expect((await new DurableTestRunner(handler).run()).result).toBe("began outside");
  });

  test("async functions that are handed to a combinator: they began before it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const twice = async (name: string) => {
        await context.wait(`before ${name}`, { seconds: 1 });
        return context.step(name, () => name);
      };
      return context.promise.all("both", [twice("a"), twice("b")]);
    });
    expect((await new DurableTestRunner(handler).run()).result).toEqual(["a", "b"]);
  });

  test("the context of another execution, which is another matter", async () => {
    const inner = withDurableExecution(async (_: unknown, context) => context.step(() => "inner"));
    const outer = withDurableExecution(async (_: unknown, context) =>
      context.step("run another", async () => (await new DurableTestRunner(inner).run()).result),
    );
    expect((await new DurableTestRunner(outer).run()).result).toBe("inner");
  });
});
