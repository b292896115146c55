import { withDurableExecution } from "@durabletest/runtime";
import { describe, expect, test } from "vitest";
import { CallbackNotFoundError, DurableTestRunner } from "../src/index.ts";
import { rejectionOf } from "./support/history.ts";

/** What a member throws. */
const thrownBy = (read: () => unknown): unknown => {
  try {
    read();
  } catch (error) {
    return error;
  }
  throw new Error("It threw nothing.");
};

/** Holds callbacks with these names, open all at once. */
const holding = (...names: (string | undefined)[]) =>
  withDurableExecution(async (_: unknown, context) => {
    const callbacks = [];
    for (const name of names) callbacks.push(await context.createCallback<unknown>(name));
    return Promise.all(callbacks.map((callback) => callback.result()));
  });

describe("runner.callback(name)", () => {
  test("is a handle at any time, also before the callback has started", async () => {
    const runner = new DurableTestRunner(holding("approval"));
    const handle = runner.callback("approval");
    expect(CallbackNotFoundError.is(thrownBy(() => handle.status))).toBe(true);
    await runner.run();
    expect(handle.status).toBe("STARTED");
    const result = await handle.succeed("yes");
    expect(result.result).toEqual(["yes"]);
    expect(handle.status).toBe("SUCCEEDED");
  });

  test("throws from every property and method while there is no such callback", async () => {
    const runner = new DurableTestRunner(holding("approval"));
    const handle = runner.callback("approval");
    for (const read of [
      () => handle.callbackId,
      () => handle.status,
      () => handle.timeoutAt,
      () => handle.heartbeatAt,
    ]) {
      expect(thrownBy(read)).toMatchObject({ code: "CALLBACK_NOT_FOUND" });
    }
    for (const send of [
      () => handle.succeed(),
      () => handle.fail(new Error("x")),
      () => handle.heartbeat(),
    ]) {
      expect(await rejectionOf(send())).toMatchObject({ code: "CALLBACK_NOT_FOUND" });
    }
    expect((thrownBy(() => handle.status) as Error).message).toBe(
      'No callback "approval" has started. No callback has.',
    );
  });

  test.for([
    { asked: "aproval", says: 'Did you mean "approval"?' },
    { asked: "APPROVAL", says: 'Did you mean "approval"?' },
    { asked: "approval of the boss", says: 'Did you mean "approval"?' },
    { asked: "shipping", says: 'There are: "approval", "payment".' },
  ])("names what was probably meant by $asked", async ({ asked, says }) => {
    const runner = new DurableTestRunner(holding("approval", "payment", undefined));
    await runner.run();
    const error = thrownBy(() => runner.callback(asked).callbackId);
    const [sentence, , heading] = (error as Error).message.split("\n");
    expect(sentence).toBe(`No callback "${asked}" has started. ${says}`);
    expect(heading).toBe("Timeline");
  });

  test("says that there is one when there is only one", async () => {
    const runner = new DurableTestRunner(holding("approval"));
    await runner.run();
    expect((thrownBy(() => runner.callback("x-y-z").status) as Error).message).toContain(
      'There is: "approval".',
    );
  });

  test("means the only open one, else the last", async () => {
    const handler = withDurableExecution(async (_: unknown, context) => {
      const answers: unknown[] = [];
      for (let index = 0; index < 3; index += 1) {
        answers.push(await (await context.createCallback<unknown>("approval")).result());
      }
      return answers;
    });
    const runner = new DurableTestRunner(handler);
    await runner.run();
    const handle = runner.callback("approval");
    const ids: string[] = [];
    for (const answer of ["a", "b", "c"]) {
      ids.push(handle.callbackId);
      await handle.succeed(answer);
    }
    expect(new Set(ids).size).toBe(3);
    expect(runner.result.result).toEqual(["a", "b", "c"]);
    expect(handle.callbackId).toBe(ids[2]);
    expect(runner.callback("approval", 0).callbackId).toBe(ids[0]);
  });

  test("is an error when several are open, which says how to tell them apart", async () => {
    const runner = new DurableTestRunner(holding("approval", "approval", "approval"));
    await runner.run();
    await runner.callback("approval", 1).succeed("second");
    const error = thrownBy(() => runner.callback("approval").callbackId);
    expect(CallbackNotFoundError.is(error)).toBe(true);
    expect((error as Error).message.split("\n")[0]).toBe(
      '2 open callbacks are called "approval". Say which, in order of start: callback("approval", 0) to callback("approval", 2).',
    );
    await runner.callback("approval", 0).succeed("first");
    const result = await runner.callback("approval").succeed("third");
    expect(result.result).toEqual(["first", "second", "third"]);
  });

  test.for([-1, 1, 1.5, Number.NaN])(
    "with the index %d says that there is no such number",
    async (index) => {
      const runner = new DurableTestRunner(holding("approval"));
      await runner.run();
      const error = thrownBy(() => runner.callback("approval", index).callbackId);
      expect(CallbackNotFoundError.is(error)).toBe(true);
      expect((error as Error).message).toContain(`number ${index}`);
      expect((error as Error).message).toContain("1 of that name has started");
    },
  );

  test("counts those that have started", async () => {
    const runner = new DurableTestRunner(holding("approval", "approval"));
    await runner.run();
    expect((thrownBy(() => runner.callback("approval", 2).callbackId) as Error).message).toContain(
      "2 of that name have started, and they count from 0.",
    );
  });

  test("finds an unnamed callback by the name of the nearest named operation around it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.runInChildContext("order", (child) =>
        child.runInChildContext((unnamed) =>
          Promise.all([
            unnamed.waitForCallback<string>("payment", () => {}),
            unnamed.waitForCallback<string>(() => {}),
          ]),
        ),
      ),
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    await runner.callback("payment").succeed("paid");
    const result = await runner.callback("order").succeed("ordered");
    expect(result.result).toEqual(["paid", "ordered"]);
  });

  test("prefers the callback's own name to that of what is around it", async () => {
    const handler = withDurableExecution(async (_: unknown, context) =>
      context.runInChildContext("order", async (child) =>
        (await child.createCallback<string>("payment")).result(),
      ),
    );
    const runner = new DurableTestRunner(handler);
    await runner.run();
    expect(thrownBy(() => runner.callback("order").status)).toMatchObject({
      code: "CALLBACK_NOT_FOUND",
    });
    expect((await runner.callback("payment").succeed("ok")).result).toBe("ok");
  });
});
