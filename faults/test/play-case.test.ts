import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Observation } from "../fault-case.ts";
import type { HandlerName } from "../handlers/specs.ts";
import { RUNTIMES, type RuntimeName } from "../messages.ts";
import { startTestBed, type TestBed } from "../play-case.ts";
import { parsePlan } from "../plan.ts";

// What the runtimes make of faults is what the suite is for; here, that the faults are there.
describe("an execution", () => {
  let testBed: TestBed;

  beforeAll(async () => {
    testBed = await startTestBed();
  });
  afterAll(async () => {
    await testBed.close();
  });

  const play = (
    handler: HandlerName,
    plan: string,
    runtime: RuntimeName = "durabletest",
  ): Promise<Observation> => testBed.play({ runtime, handler, plan: parsePlan(plan), row: "" });

  const faultsOf = ({ requests }: Observation): readonly (string | undefined)[] =>
    requests.map(({ fault }) => fault);

  test.each(RUNTIMES)(
    "of %s runs in a sandbox of its own, with the real client",
    async (runtime) => {
      expect(await play("step", "none", runtime)).toMatchObject({
        status: "SUCCEEDED",
        result: "work",
        effects: ["work"],
        deliveries: 1,
        broken: [],
        timedOut: 0,
        unhandled: [],
        struck: true,
      });
    },
  );

  test("has requests that are answered in the place of the service", async () => {
    const observed = await play("step", "503@1");
    expect(observed).toMatchObject({ result: "work", deliveries: 1, struck: true });
    expect(faultsOf(observed).slice(0, 2)).toEqual(["503", undefined]);
  });

  test("has requests that are applied and not answered", async () => {
    const observed = await play("step", "reset-applied@2");
    expect(observed).toMatchObject({ result: "work", effects: ["work"], struck: true });
    expect(faultsOf(observed)).toEqual([undefined, "reset-applied", undefined]);
  });

  test("goes on in another sandbox when its own is killed", async () => {
    const before = testBed.sandboxes;
    const observed = await play("step", "kill-in-body@1");
    expect(observed).toMatchObject({ result: "work", effects: ["work", "work"], deliveries: 2 });
    expect(observed.broken).toEqual([expect.stringContaining("SIGKILL")]);
    expect(testBed.sandboxes).toBeGreaterThan(before);
  });

  test("gets its state page by page", async () => {
    const { requests, result } = await play("pages", "none");
    expect(result).toBe("first, second, third");
    const pages = requests.filter(({ operation }) => operation === "state");
    // The steps and the wait; the event has the first page, which is the execution itself.
    expect(pages).toHaveLength(3);
  });

  test("is answered when its submitter has asked", async () => {
    expect(await play("callback", "kill@1")).toMatchObject({ result: "approved: yes" });
  });

  test("gets every event twice, if it is to", async () => {
    const observed = await play("at-most-once", "twice");
    expect(observed).toMatchObject({ status: "SUCCEEDED", effects: ["charge"] });
    expect(observed.deliveries).toBeGreaterThanOrEqual(2);
  });
});
