/** Handlers with one bug each, and the same without it. */
import {
  CallbackTimeoutError,
  type DurableContext,
  type DurableHandler,
  StepInterruptedError,
  withDurableExecution,
} from "@durabletest/runtime";
import { recordEffect, respond } from "../../src/index.ts";
import type { ExploreOptions, ExploredRun } from "../../src/explore/index.ts";

interface Order {
  readonly id: string;
}

/** One of the two. */
interface Subject {
  readonly handler: DurableHandler<Order, unknown>;
  readonly options: ExploreOptions<Order>;
}

export interface CorpusCase {
  readonly name: string;
  readonly make: (kind: "bug" | "twin") => Subject;
}

type Body = (order: Order, context: DurableContext) => Promise<unknown>;

const once = { retryStrategy: () => ({ shouldRetry: false }) };
const atMostOnce = { ...once, semantics: "AtMostOncePerRetry" } as const;

const times = ({ effects }: ExploredRun, name: string): number =>
  effects.filter((effect) => effect.name === name).length;

function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

function bugAndTwin(
  name: string,
  bodies: { readonly bug: () => Body; readonly twin: () => Body },
  options: Omit<ExploreOptions<Order>, "input"> = {},
): CorpusCase {
  return {
    name,
    make: (kind) => ({
      handler: withDurableExecution(bodies[kind]()),
      // No order is charged for in two executions.
      options: { input: (random) => ({ id: `o-${random.integer(0, 1e9)}` }), ...options },
    }),
  };
}

const approval = {
  callbacks: { approval: [respond.success({ ok: true }), respond.success({ ok: false })] },
};

export const corpus: readonly CorpusCase[] = [
  bugAndTwin(
    "charges twice after a crash",
    {
      bug: () => async (order, context) => {
        await context.step("charge", () => recordEffect("charge", order.id));
        return "charged";
      },
      twin: () => {
        const keys = new Set<string>();
        return async (order, context) => {
          await context.step("charge", () => {
            // The bank knows the key.
            if (!keys.has(order.id)) recordEffect("charge", order.id);
            keys.add(order.id);
          });
          return "charged";
        };
      },
    },
    { check: (run) => must(times(run, "charge") < 2, "charged twice") },
  ),
  bugAndTwin(
    "loses its compensations when it resumes",
    {
      bug: () => async (_order, context) => {
        const undo: string[] = [];
        await context.step("reserve", () => {
          recordEffect("reserve");
          undo.push("release");
        });
        await context.wait("later", { minutes: 1 });
        return context
          .step("ship", () => "shipped", once)
          .catch(async () => {
            for (const name of undo) await context.step(name, () => recordEffect(name));
            return "cancelled";
          });
      },
      twin: () => async (_order, context) => {
        const undo: string[] = [];
        await context.step("reserve", () => recordEffect("reserve"));
        undo.push("release");
        await context.wait("later", { minutes: 1 });
        return context
          .step("ship", () => "shipped", once)
          .catch(async () => {
            for (const name of undo) await context.step(name, () => recordEffect(name));
            return "cancelled";
          });
      },
    },
    {
      steps: { ship: [respond.failure(new Error("no truck"))] },
      check: (run) =>
        must(
          run.result.result !== "cancelled" || times(run, "release") > 0,
          "cancelled, and the reservation stands",
        ),
    },
  ),
  bugAndTwin(
    "handles an answer at the deadline twice",
    {
      bug: () => async (_order, context) => {
        const callback = await context.createCallback<{ ok: boolean }>("approval");
        await Promise.race([
          callback.result().then(async () => context.step("ship", () => recordEffect("ship"))),
          context
            .wait("patience", { hours: 1 })
            .then(async () => context.step("cancel", () => recordEffect("cancel"))),
        ]);
        await context.wait("settle", { minutes: 30 });
        return "done";
      },
      twin: () => async (_order, context) => {
        const callback = await context.createCallback<{ ok: boolean }>("approval");
        const first = await Promise.race([
          callback.result().then(() => "ship"),
          context.wait("patience", { hours: 1 }).then(() => "cancel"),
        ]);
        await context.step(first, () => recordEffect(first));
        await context.wait("settle", { minutes: 30 });
        return "done";
      },
    },
    {
      ...approval,
      check: (run) =>
        must(times(run, "ship") === 0 || times(run, "cancel") === 0, "shipped and cancelled"),
    },
  ),
  bugAndTwin(
    "takes whoever comes first for the cheaper one",
    {
      bug: () => async (_order, context) => {
        const offers: string[] = [];
        await Promise.all(
          ["cheap", "dear"].map(async (name) =>
            context.runInChildContext(name, async (child) => {
              await child.step("ask", () => name);
              offers.push(name);
            }),
          ),
        );
        return offers[0];
      },
      twin: () => async (_order, context) => {
        const offers = await Promise.all(
          ["cheap", "dear"].map(async (name) =>
            context.runInChildContext(name, async (child) => child.step("ask", () => name)),
          ),
        );
        return offers[0];
      },
    },
    { check: ({ result }) => must(result.result === "cheap", "took the dear one") },
  ),
  bugAndTwin("keeps state in a variable of its module", {
    bug: () => {
      let orders = 0;
      return async (_order, context) => {
        orders += 1;
        await context.step("pack", () => 1);
        return `order number ${orders}`;
      };
    },
    twin: () => async (order, context) => {
      await context.step("pack", () => 1);
      return `order number ${order.id.length > 0 ? 1 : 0}`;
    },
  }),
  bugAndTwin("asks for the time outside a step", {
    bug: () => async (_order, context) => {
      await context.wait("cooldown", { hours: 1 });
      return new Date(Date.now()).getUTCHours();
    },
    twin: () => async (_order, context) => {
      await context.wait("cooldown", { hours: 1 });
      return context.step("hour", () => new Date(Date.now()).getUTCHours());
    },
  }),
  bugAndTwin("asks for chance outside a step", {
    bug: () => async (_order, context) => {
      await context.step("pack", () => 1);
      return Math.random() < 0.5 ? "a" : `b${Math.random()}`;
    },
    twin: () => async (_order, context) => {
      const side = await context.step("toss", () => Math.random() < 0.5);
      return side ? "a" : "b";
    },
  }),
  bugAndTwin(
    "changes what a step has returned, in another step",
    {
      bug: () => async (_order, context) => {
        const order = await context.step("price", () => ({ total: 10 }));
        await context.step("postage", () => {
          order.total += 5;
        });
        await context.wait("later", { minutes: 1 });
        await context.step("pack", () => 1);
        return order.total;
      },
      twin: () => async (_order, context) => {
        const { total } = await context.step("price", () => ({ total: 10 }));
        const postage = await context.step("postage", () => 5);
        await context.wait("later", { minutes: 1 });
        return total + postage;
      },
    },
    { check: ({ result }) => must(result.result === 15, "the postage is lost") },
  ),
  bugAndTwin(
    "forgets to await a step",
    {
      bug: () => async (_order, context) => {
        void context.step("notify", async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          recordEffect("mail");
        });
        await context.step("pack", () => 1);
        return "packed";
      },
      twin: () => async (_order, context) => {
        const notified = context.step("notify", async () => {
          await new Promise((resolve) => setTimeout(resolve, 5));
          recordEffect("mail");
        });
        await context.step("pack", () => 1);
        await notified;
        return "packed";
      },
    },
    { check: (run) => must(times(run, "mail") > 0, "no mail was sent") },
  ),
  bugAndTwin(
    "does two things in a step that is retried",
    {
      bug: () => async (order, context) => {
        await context.step("charge and book", async ({ attempt }) => {
          recordEffect("charge", order.id);
          if (order.id.endsWith("7") && attempt === 1) throw new Error("the ledger is locked");
        });
        return "booked";
      },
      twin: () => async (order, context) => {
        await context.step("charge", () => recordEffect("charge", order.id), atMostOnce);
        await context.step("book", async ({ attempt }) => {
          if (order.id.endsWith("7") && attempt === 1) throw new Error("the ledger is locked");
        });
        return "booked";
      },
    },
    { crashes: 0, check: (run) => must(times(run, "charge") < 2, "charged twice") },
  ),
  bugAndTwin(
    "shares a list among the items of a map",
    {
      bug: () => async (_order, context) => {
        const packed: string[] = [];
        await context.map("items", ["a", "b", "c"], async (child, item) => {
          await child.step("pack", () => item);
          packed.push(item);
        });
        return packed.join("");
      },
      twin: () => async (_order, context) => {
        const packed = await context.map("items", ["a", "b", "c"], async (child, item) =>
          child.step("pack", () => item),
        );
        return packed.getResults().join("");
      },
    },
    { check: ({ result }) => must(result.result === "abc", "the items are in another order") },
  ),
  bugAndTwin(
    "believes in a job whose heartbeats have stopped",
    {
      bug: () => async (_order, context) => {
        const job = await context.createCallback<string>("job", {
          timeout: { hours: 2 },
          heartbeatTimeout: { minutes: 5 },
        });
        return (await job.result()) ?? "still running";
      },
      twin: () => async (_order, context) => {
        const job = await context.createCallback<string>("job", {
          timeout: { hours: 2 },
          heartbeatTimeout: { minutes: 5 },
        });
        return (await job.result()) ?? "lost";
      },
    },
    {
      callbacks: { job: [respond.success("rendered")] },
      check: ({ result }) => must(result.result !== "still running", "believes it to be running"),
    },
  ),
  bugAndTwin(
    "reminds after the answer",
    {
      bug: () => async (_order, context) => {
        const callback = await context.createCallback<{ ok: boolean }>("approval");
        const reminding = context
          .wait("a day", { days: 1 })
          .then(async () => context.step("remind", () => recordEffect("remind")));
        await callback.result();
        await context.step("thank", () => recordEffect("thank"));
        await context.wait("on its way", { hours: 2 });
        void reminding;
        return "done";
      },
      twin: () => async (_order, context) => {
        const callback = await context.createCallback<{ ok: boolean }>("approval");
        const first = await Promise.race([
          callback.result().then(() => "answer"),
          context.wait("a day", { days: 1 }).then(() => "silence"),
        ]);
        if (first === "silence") await context.step("remind", () => recordEffect("remind"));
        await callback.result();
        await context.step("thank", () => recordEffect("thank"));
        return "done";
      },
    },
    {
      ...approval,
      check: ({ effects }) => {
        const thanked = effects.findIndex(({ name }) => name === "thank");
        const reminded = effects.findLastIndex(({ name }) => name === "remind");
        must(thanked === -1 || reminded < thanked, "reminded after the answer");
      },
    },
  ),
  bugAndTwin(
    "takes a refusal for silence, and ships",
    {
      bug: () => async (_order, context) =>
        context
          .waitForCallback<string>("objection", () => {}, { timeout: { days: 1 } })
          .then(() => "objected")
          .catch(() => "shipped"),
      twin: () => async (_order, context) =>
        context
          .waitForCallback<string>("objection", () => {}, { timeout: { days: 1 } })
          .then(() => "objected")
          .catch((error: unknown) =>
            error instanceof CallbackTimeoutError ? "shipped" : "refused",
          ),
    },
    {
      callbacks: { objection: [respond.success("no"), respond.failure(new Error("refused"))] },
      check: ({ result }) => {
        const refused = result.world.some(({ kind, ignored }) => kind === "failure" && !ignored);
        must(!refused || result.result !== "shipped", "shipped in spite of a refusal");
      },
    },
  ),
  bugAndTwin(
    "leaves the money where an at-most-once step was interrupted",
    {
      bug: () => async (_order, context) =>
        context.step("charge", () => recordEffect("charge"), atMostOnce),
      twin: () => async (_order, context) => {
        try {
          await context.step("charge", () => recordEffect("charge"), atMostOnce);
          return "charged";
        } catch (error) {
          if (!(error instanceof Error) || !error.message.includes("interrupted")) throw error;
          await context.step("refund", () => recordEffect("refund"));
          return `refunded after ${StepInterruptedError.name}`;
        }
      },
    },
    {
      check: (run) =>
        must(
          run.result.status === "SUCCEEDED" || times(run, "charge") <= times(run, "refund"),
          "failed, and kept the money",
        ),
    },
  ),
  bugAndTwin("decides by the clock what to do next", {
    bug: () => async (_order, context) => {
      await context.wait("a while", { minutes: 10 });
      if (Date.now() % 3_600_000 < 1_200_000) await context.step("early", () => 1);
      return "done";
    },
    twin: () => async (_order, context) => {
      await context.wait("a while", { minutes: 10 });
      const now = await context.step("now", () => Date.now());
      if (now % 3_600_000 < 1_200_000) await context.step("early", () => 1);
      return "done";
    },
  }),
  bugAndTwin(
    "asks two banks at once, and both charge",
    {
      bug: () => async (_order, context) =>
        context.parallel(
          "banks",
          ["first", "second"].map(
            (bank) => async (child: DurableContext) =>
              child.step("charge", () => recordEffect("charge", bank), atMostOnce),
          ),
          { completionConfig: { minSuccessful: 1 } },
        ),
      twin: () => async (_order, context) => {
        const bank = await context.step("choose", () => "first");
        await context
          .step("charge", () => recordEffect("charge", bank), atMostOnce)
          .catch(() => "unclear");
        return bank;
      },
    },
    { check: (run) => must(times(run, "charge") < 2, "both banks have charged") },
  ),
  bugAndTwin(
    "counts in a variable what a condition has been asked",
    {
      bug: () => async (_order, context) => {
        let polls = 0;
        await context.waitForCondition(
          "ready",
          async (state: number) => {
            polls += 1;
            return state + 1;
          },
          {
            initialState: 0,
            waitStrategy: (state) =>
              state < 3
                ? { shouldContinue: true, delay: { minutes: 1 } }
                : { shouldContinue: false },
          },
        );
        return polls;
      },
      twin: () => async (_order, context) =>
        context.waitForCondition("ready", async (state: number) => state + 1, {
          initialState: 0,
          waitStrategy: (state) =>
            state < 3 ? { shouldContinue: true, delay: { minutes: 1 } } : { shouldContinue: false },
        }),
    },
    { check: ({ result }) => must(result.result === 3, "the count is lost") },
  ),
  bugAndTwin(
    "hands a token from step to step in a variable",
    {
      bug: () => async (_order, context) => {
        let token: string | undefined;
        await context.step("log in", () => {
          token = "t-1";
        });
        await context.step("call", () => recordEffect("call", token ?? "without a token"));
        return "called";
      },
      twin: () => async (_order, context) => {
        const token = await context.step("log in", () => "t-1");
        await context.step("call", () => recordEffect("call", token));
        return "called";
      },
    },
    {
      check: ({ effects }) =>
        must(
          effects.every(({ key }) => key !== "without a token"),
          "called without a token",
        ),
    },
  ),
  bugAndTwin(
    "waits for an answer that may never come",
    {
      bug: () => async (_order, context) => {
        const job = await context.createCallback<string>("job", { timeout: { hours: 1 } });
        const answer = await job.result();
        if (answer !== undefined) return answer;
        const second = await context.createCallback<string>("second", {});
        return second.result();
      },
      twin: () => async (_order, context) => {
        const job = await context.createCallback<string>("job", { timeout: { hours: 1 } });
        const answer = await job.result();
        if (answer !== undefined) return answer;
        const second = await context.createCallback<string>("second", { timeout: { hours: 1 } });
        return (await second.result()) ?? "nobody has answered";
      },
    },
    {
      callbacks: { job: [respond.success("done")], second: [respond.never(), respond.success(1)] },
    },
  ),
];
