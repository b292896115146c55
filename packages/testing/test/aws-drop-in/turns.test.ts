import { type DurableContext, withDurableExecution } from "@aws/durable-execution-sdk-js";
import { describe, expect, test } from "vitest";
import { useEnvironment } from "./support/environment.ts";
import { describeModules } from "./support/modules.ts";
import { sleep } from "./support/settled.ts";

// How far the handler has come when a test that waits for an operation goes on.

interface Turn {
  readonly name: string;
  readonly status: "STARTED" | "SUBMITTED" | "COMPLETED";
  /** Notes how far it has come. All of them end with a callback "answer". */
  readonly body: (context: DurableContext, note: (text: string) => void) => Promise<unknown>;
  /** What it has noted by then. */
  readonly noted: readonly string[];
}

async function answered(context: DurableContext): Promise<unknown> {
  const [answer] = await context.createCallback("answer");
  return answer;
}

const turns: Record<string, Turn> = {
  "a callback that has started: the code after it has run": {
    name: "answer",
    status: "STARTED",
    body: async (context, note) => {
      const [answer] = await context.createCallback("answer");
      note("after");
      return answer;
    },
    noted: ["after"],
  },
  "a callback that has started: the function of the next step has run": {
    name: "answer",
    status: "STARTED",
    body: async (context, note) => {
      const [answer] = await context.createCallback("answer");
      await context.step("ask", async () => note("asked"));
      return answer;
    },
    noted: ["asked"],
  },
  "a callback that has started: a step after the next has not": {
    name: "answer",
    status: "STARTED",
    body: async (context, note) => {
      const [answer] = await context.createCallback("answer");
      await context.step("one", async () => note("one"));
      await context.step("two", async () => note("two"));
      return answer;
    },
    noted: ["one"],
  },
  "a callback that has started: code that goes on with promises and ticks has run": {
    name: "answer",
    status: "STARTED",
    body: async (context, note) => {
      const [answer] = await context.createCallback("answer");
      for (let count = 0; count < 20; count += 1) await Promise.resolve();
      note("promises");
      await new Promise<void>((resolve) => {
        process.nextTick(resolve);
      });
      note("a tick");
      return answer;
    },
    noted: ["promises", "a tick"],
  },
  "a waitForCallback that has started: its submitter has run": {
    name: "ask",
    status: "STARTED",
    body: async (context, note) => {
      await context.waitForCallback("ask", async () => note("submitted"));
    },
    noted: ["submitted"],
  },
  "a waitForCallback that is submitted: its submitter has run": {
    name: "ask",
    status: "SUBMITTED",
    body: async (context, note) => {
      await context.waitForCallback("ask", async () => note("submitted"));
    },
    noted: ["submitted"],
  },
  "a step that has ended: the code after it has run": {
    name: "step",
    status: "COMPLETED",
    body: async (context, note) => {
      await context.step("step", async () => 1);
      note("after");
      return answered(context);
    },
    noted: ["after"],
  },
  "a step that has started: its function has begun": {
    name: "step",
    status: "STARTED",
    body: async (context, note) => {
      await context.step("step", async () => {
        note("begun");
        await sleep(30);
        note("over");
      });
      return answered(context);
    },
    noted: ["begun"],
  },
  "a wait that has started: the step before it has run": {
    name: "wait",
    status: "STARTED",
    body: async (context, note) => {
      await context.step("step", async () => note("step"));
      await context.wait("wait", { seconds: 1 });
      return answered(context);
    },
    noted: ["step"],
  },
  "a wait that has ended: the step after it has not": {
    name: "wait",
    status: "COMPLETED",
    body: async (context, note) => {
      await context.wait("wait", { seconds: 1 });
      await context.step("step", async () => note("step"));
      return answered(context);
    },
    noted: [],
  },
  "a child context that has started: the function of its first step has run": {
    name: "child",
    status: "STARTED",
    body: async (context, note) => {
      await context.runInChildContext("child", async (child) => {
        await child.step("step", async () => note("step"));
      });
      return answered(context);
    },
    noted: ["step"],
  },
  "a callback in a branch: the code after it has run, in all branches": {
    name: "answer",
    status: "STARTED",
    body: async (context, note) => {
      const branch = (name: string) => async (child: DurableContext) => {
        const [answer] = await child.createCallback(name);
        note(name);
        return answer;
      };
      return context.parallel([branch("answer"), branch("ask")]);
    },
    noted: ["answer", "ask"],
  },
  "a callback in a branch: the function of the next step has run": {
    name: "answer",
    status: "STARTED",
    body: async (context, note) =>
      context.parallel([
        async (child) => {
          const [answer] = await child.createCallback("answer");
          await child.step("one", async () => note("one"));
          await child.step("two", async () => note("two"));
          return answer;
        },
        async (child) => child.waitForCallback("ask", async () => note("submitted")),
      ]),
    noted: ["one", "submitted"],
  },
};

for (const skipTime of [true, false]) {
  describe(skipTime ? "in skipped time" : "in real time", () => {
    describeModules("a test that waits, with %s module, for", (testing) => {
      useEnvironment(testing, { skipTime });

      test.for(Object.entries(turns))("%s", async ([, { name, status, body, noted }]) => {
        const notes: string[] = [];
        const runner = new testing.LocalDurableTestRunner({
          handlerFunction: withDurableExecution(async (_: unknown, context) =>
            body(context, (text) => notes.push(text)),
          ),
        });
        const callbacks = ["answer", "ask"].map((each) => runner.getOperation(each));
        const run = runner.run();
        await runner.getOperation(name).waitForData(testing.WaitingOperationStatus[status]);
        const notedByThen = notes.slice(0, noted.length + 1);
        for (const callback of callbacks) {
          void callback
            .waitForData()
            .then(() => callback.sendCallbackSuccess("yes"))
            .catch(() => {});
        }
        expect((await run).getStatus()).toBe("SUCCEEDED");
        expect(notedByThen).toEqual(noted);
      });
    });
  });
}
