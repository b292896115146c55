import { describe, expect, test } from "vitest";
import type { DecisionPoint } from "../../src/engine/decided-choices.ts";
import { Besides } from "../../src/explore/besides.ts";
import { randomOf } from "../../src/explore/random.ts";
import {
  anotherPossibility,
  isCrash,
  type Possibility,
  possibilities,
  takesTime,
  type World,
} from "../../src/explore/possibilities.ts";
import { inWords } from "../../src/explore/words.ts";
import { type CallbackOperation, respond } from "../../src/index.ts";

const NOW = Date.parse("2025-01-01T00:00:00.000Z");
const HOUR = 3_600_000;

const callbackOf = (deadlines: Partial<CallbackOperation> = {}): CallbackOperation => ({
  id: "1",
  type: "CALLBACK",
  name: "approval",
  subType: undefined,
  status: "STARTED",
  parentId: undefined,
  startedAt: new Date(NOW),
  endedAt: undefined,
  callbackId: "cb-1",
  timeoutAt: new Date(NOW + HOUR),
  heartbeatAt: undefined,
  result: undefined,
  error: undefined,
  ...deadlines,
});

const pointOf = (
  deadlines?: Partial<CallbackOperation>,
): Extract<DecisionPoint, { kind: "callback" }> => ({
  kind: "callback",
  id: "callback approval 1#1",
  callback: callbackOf(deadlines),
  name: "approval",
  now: NOW,
  dueTimes: () => [NOW + 60_000, NOW + HOUR],
});

const step: Extract<DecisionPoint, { kind: "step" }> = {
  kind: "step",
  id: "step charge 2 1#1",
  name: "charge",
  parentId: undefined,
  attempt: 1,
  invocation: 1,
  addresses: () => ["payment/charge"],
  now: NOW,
  dueTimes: () => [NOW + 60_000],
};

const words = (point: DecisionPoint, decided: Possibility): string =>
  inWords({ point, decided, isUsual: false });

describe("a decision, in words", () => {
  test.each([
    [{ moves: [["success", { ok: true }, 0]] }, 'answered {"ok":true}, at once'],
    [
      { moves: [["success", 1, 0]], atOnce: true },
      "answered 1, before the handler knows that it has begun",
    ],
    [{ moves: [["success", 1, HOUR - 1]] }, "answered 1, 1 ms before its timeout"],
    [{ moves: [["success", 1, HOUR]] }, "answered 1, at the instant of its timeout"],
    [{ moves: [["success", 1, HOUR + 1]] }, "answered 1, 1 ms after its timeout"],
    [{ moves: [["raw", "yes", 60_000]] }, 'answered with the text "yes", after 1m 00s'],
    [{ moves: [["nothing", 0]] }, "answered, with nothing, at once"],
    [{ moves: [["failure", { ErrorType: "No" }, 0]] }, "failed with No, at once"],
    [{ moves: [["failure", {}, 0]] }, "failed with an error, at once"],
    [{ moves: [["heartbeat", 5]] }, "a heartbeat, then silence"],
    [
      {
        moves: [
          ["heartbeat", 5],
          ["heartbeat", 5],
          ["nothing", 0],
        ],
      },
      "2 heartbeats, answered, with nothing",
    ],
    [{ moves: [] }, "no answer, ever"],
    [undefined, "left to the test"],
  ] as [Possibility, string][])("about a callback: %o", (decided, text) => {
    expect(words(pointOf(), decided)).toContain(`callback "approval": ${text}`);
  });

  test("about a heartbeat timeout, and about a callback without a name", () => {
    const point = pointOf({ heartbeatAt: new Date(NOW + 1000) });
    expect(words(point, { moves: [["success", "x".repeat(99), 999]] })).toContain(
      "1 ms before its heartbeat timeout",
    );
    expect(words({ ...point, name: undefined }, { moves: [] })).toContain(
      "callback without a name",
    );
  });

  test.each([
    [["run", 5], "takes 0.005s"],
    [["success", 1, 0], "returns 1"],
    [["success", 1, 5000], "returns 1, after 5s"],
    [["nothing", 5000], "returns nothing, after 5s"],
    [["failure", { ErrorType: "No" }, 0], 'throws {"ErrorType":"No"}'],
    [["crash", "before"], "the sandbox dies before its function is called"],
    [["crash", "after"], "the sandbox dies after its function was called"],
    [["never"], "never ends, until its invocation times out"],
    [undefined, "as the handler says"],
  ] as [Possibility, string][])("about a step: %o", (decided, text) => {
    expect(words(step, decided)).toContain(`step "charge", attempt 1: ${text}`);
  });

  test("about checkpoints", () => {
    const update = { Id: "1", Type: "STEP", Action: "START" } as const;
    const point: DecisionPoint = {
      kind: "checkpoint",
      id: "checkpoint#2",
      number: 2,
      invocation: 1,
      updates: [update, { ...update, Name: "charge" }, update, update],
    };
    expect(words(point, "crash before")).toBe(
      'the sandbox dies before the service takes checkpoint 2 of the execution, in invocation 1 (START step, START step "charge", START step, 1 more)',
    );
    expect(words({ ...point, updates: [] }, "crash after")).toContain(
      "right after the service has taken checkpoint 2 of the execution, in invocation 1 (nothing new)",
    );
    expect(words(point, "answer lost")).toContain("the service takes, and its answer is lost:");
  });

  test("about who comes first", () => {
    const due = (what: object, sequence: number): never =>
      ({ dueAt: NOW, sequence, position: 0, what }) as never;
    const dues = [
      due({ kind: "service", timer: { kind: "callback-timeout", operationId: "abc" } }, 1),
      due({ kind: "script" }, 2),
      due({ kind: "handler" }, 3),
      due({ kind: "function-timeout" }, 4),
    ];
    const point: DecisionPoint = { kind: "tie", id: "tie#1", dues };
    const after = "comes before the callback timeout of abc";
    expect(words(point, 1)).toContain(`an answer of the world ${after}`);
    expect(words(point, 2)).toContain(`a timer of the handler ${after}`);
    expect(words(point, 3)).toContain(`the timeout of the function ${after}`);
    expect(words(point, undefined)).toContain(`the callback timeout of abc ${after}`);
    const next: DecisionPoint = { kind: "next", id: "next#1", functionNames: ["a", "b"] };
    expect(words(next, 1)).toBe('"b" is invoked before "a"');
    expect(words(next, undefined)).toBe('"a" is invoked before "a"');
  });
});

describe("what is possible", () => {
  const worldOf = (world: Partial<World> = {}): World => ({
    callbacks: new Map(),
    steps: new Map(),
    startTime: NOW,
    invocationTimeoutMs: undefined,
    moments: new Set(),
    besides: new Besides(),
    asked: new Set(),
    names: { callbacks: new Set(), steps: new Set() },
    ...world,
  });
  const calm = { mayCrash: false };

  test("for a callback: what was listed, silence, lateness, heartbeats", () => {
    const world = worldOf({
      callbacks: new Map([
        [
          "approval",
          () => [
            respond.success(new TextEncoder().encode("yes")),
            respond.success(),
            respond.failure(new Error("no")),
            respond.heartbeatEvery({ seconds: 1 }).times(2),
          ],
        ],
      ]),
    });
    const point = pointOf({ heartbeatAt: new Date(NOW + 5000) });
    const all = possibilities(point, world, calm);
    expect(all[0]).toEqual({ moves: [["raw", "yes", 0]] });
    expect(all).toContainEqual({ moves: [] });
    expect(all).toContainEqual({ moves: [["nothing", 4999]] });
    expect(all).toContainEqual({ moves: [["raw", "yes", HOUR + 1]] });
    expect(all).toContainEqual({ moves: [["heartbeat", 4999]] });
    expect(all).toContainEqual({
      moves: [["failure", { ErrorType: "Error", ErrorMessage: "no", StackTrace: undefined }, 0]],
    });
    const random = randomOf(1, 1);
    const others = Array.from({ length: 40 }, () => anotherPossibility(point, world, random, calm));
    expect(new Set(others.map((other) => JSON.stringify(other))).size).toBeGreaterThan(20);
    expect(() => random.pick([])).toThrow("Nothing to pick from");
  });

  test("for a callback of which only silence is known, nothing else is made up", () => {
    const [only, ...more] = possibilities(pointOf(), worldOf(), calm);
    expect([only, more]).toEqual([{ moves: [] }, []]);
    expect(anotherPossibility(pointOf(), worldOf(), randomOf(1, 1), calm)).toBeUndefined();
    const without = { ...pointOf({ timeoutAt: undefined }), name: undefined };
    expect(() => possibilities(without, worldOf(), calm)).toThrow(
      "The callback cb-1 has no deadline",
    );
  });

  test("for a step: what was listed by name or path, and time", () => {
    const steps = new Map([
      [
        "payment/charge",
        [
          respond.success(1),
          respond.success(),
          respond.failure({ ErrorType: "No" }),
          respond.run().after({ seconds: 1 }),
          respond.crash("after"),
          respond.never(),
        ],
      ],
    ]);
    const world = worldOf({ steps, invocationTimeoutMs: 30_000, moments: new Set([1000]) });
    const all = possibilities(step, world, { mayCrash: true });
    expect(all).toEqual([
      undefined,
      ["success", 1, 0],
      ["nothing", 0],
      ["failure", { ErrorType: "No", StackTrace: undefined }, 0],
      ["run", 1000],
      ["crash", "after"],
      ["never"],
      ["run", 1],
      ["crash", "before"],
      ["crash", "after"],
    ]);
    expect(all.filter(isCrash)).toHaveLength(4);
    expect(all.filter(takesTime)).toHaveLength(2);
    expect(isCrash("answer lost")).toBe(true);
    const random = randomOf(2, 1);
    const others = Array.from({ length: 60 }, () =>
      JSON.stringify(anotherPossibility(step, world, random, { mayCrash: true })),
    );
    expect(others).toContain('["never"]');
    const tie: DecisionPoint = { kind: "tie", id: "tie#1", dues: [] };
    expect(anotherPossibility(tie, world, random, calm)).toBeUndefined();
    const next: DecisionPoint = { kind: "next", id: "next#1", functionNames: ["a", "b"] };
    expect(possibilities(next, world, calm)).toEqual([undefined, 1]);
    const nameless = {
      ...step,
      name: undefined,
      addresses: () => ["x"],
      dueTimes: () => [NOW + 9],
    };
    expect(possibilities(nameless, world, calm)).toEqual([undefined, ["run", 1]]);
    expect(
      Array.from({ length: 20 }, () => anotherPossibility(nameless, worldOf(), random, calm)),
    ).toContainEqual(["run", expect.any(Number)]);
  });
});
