import fc from "fast-check";
import { answers } from "./answers.ts";
import type {
  Asking,
  BatchPlan,
  CallbackPlan,
  Combinator,
  Program,
  StepAction,
  StepPlan,
} from "./program.ts";

/** Which parts of the language random programs may use. */
export interface Language {
  /** Handler timers in steps: an invocation then takes time. */
  readonly sleeps: boolean;
  /** Whether the process may exit in a step. */
  readonly exits: boolean;
  /** Whether the outside world may answer from inside a step. */
  readonly answersInside: boolean;
  /** How often a callback is left to the test rather than scripted. */
  readonly unscripted: "some" | "never";
  /** Whether it invokes functions: they must be registered with the runner. */
  readonly invokes: boolean;
  /** Whether scripted answers come at whole seconds, together with other things. */
  readonly delays: "any" | "odd";
}

export const everything: Language = {
  sleeps: true,
  exits: true,
  answersInside: true,
  unscripted: "some",
  invokes: false,
  delays: "any",
};

/** Shrinks to false. */
const oneIn = (times: number): fc.Arbitrary<boolean> =>
  fc.nat(times - 1).map((drawn) => drawn === times - 1);

const reading = fc.oneof(
  { weight: 5, arbitrary: fc.constant("plain" as const) },
  { weight: 1, arbitrary: fc.constantFrom("slow" as const, "picky" as const) },
);

/** Small, so that things collide. */
const seconds = fc.integer({ min: 1, max: 8 });
const optionalSeconds = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 12 }) },
);

const asking: fc.Arbitrary<Asking> = fc.oneof(
  { weight: 2, arbitrary: fc.constant({ how: "result" as const }) },
  { weight: 2, arbitrary: fc.constant({ how: "settled" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      how: fc.constant("by id" as const),
      timeouts: fc.array(optionalSeconds, { minLength: 1, maxLength: 3 }),
    }),
  },
);

function callbackPlan({ unscripted, delays }: Language): fc.Arbitrary<CallbackPlan> {
  const answer = answers(delays);
  return fc.record({
    timeout: optionalSeconds,
    heartbeatTimeout: optionalSeconds,
    answer: unscripted === "never" ? answer : fc.option(answer, { nil: undefined, freq: 2 }),
    answersOnce: unscripted === "never" ? fc.constant(false) : oneIn(4),
    reading,
  });
}

function stepAction(language: Language): fc.Arbitrary<StepAction> {
  const which = fc.nat(3);
  const sleep = fc.record({
    do: fc.constant("sleep" as const),
    ms: fc.oneof(
      fc.integer({ min: 1, max: 6 }).map((whole) => whole * 1000),
      fc.integer({ min: 0, max: 4000 }),
    ),
  });
  const answersInside = fc.record({
    do: fc.constant("answer" as const),
    which,
    succeeds: fc.boolean(),
  });
  return fc.oneof(
    { weight: 2, arbitrary: fc.constant({ do: "draw" as const }) },
    {
      weight: 2,
      arbitrary: fc.record({
        do: fc.constant("callback" as const),
        callback: callbackPlan(language),
        ask: fc.option(asking, { nil: undefined, freq: 3 }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("again" as const), which, ask: asking }) },
    ...(language.sleeps ? [{ weight: 2, arbitrary: sleep }] : []),
    ...(language.exits ? [{ weight: 1, arbitrary: fc.constant({ do: "exit" as const }) }] : []),
    ...(language.answersInside ? [{ weight: 1, arbitrary: answersInside }] : []),
  );
}

function stepPlan(language: Language): fc.Arbitrary<StepPlan> {
  return fc.record({
    failures: fc.oneof(
      { weight: 2, arbitrary: fc.constant(0) },
      { weight: 1, arbitrary: fc.nat(3) },
    ),
    maxAttempts: fc.integer({ min: 1, max: 3 }),
    delaySeconds: seconds,
    jitter: fc.constantFrom("NONE" as const, "HALF" as const, "FULL" as const),
    atMostOnce: oneIn(4),
    reading,
    actions: fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 3, arbitrary: fc.array(stepAction(language), { minLength: 1, maxLength: 3 }) },
    ),
  });
}

const batchPlan: fc.Arbitrary<BatchPlan> = fc.record({
  operation: fc.constantFrom("map" as const, "parallel" as const),
  nesting: fc.constantFrom("NESTED" as const, "FLAT" as const),
  maxConcurrency: fc.nat(3),
  minSuccessful: fc.nat(2),
  toleratedFailures: fc.integer({ min: -1, max: 3 }),
  endsWith: oneIn(3).chain((isCustom) =>
    isCustom ? fc.integer({ min: 1, max: 3 }) : fc.constant(0),
  ),
  reading: fc.constantFrom("plain" as const, "slow" as const),
  isBulky: oneIn(5),
});

/** Hands a callback's id to the outside world, which may answer before the step that does so has ended. */
function submission(language: Language): fc.Arbitrary<StepPlan> {
  const step = stepPlan(language);
  if (!language.answersInside) return step;
  const answered = fc.tuple(step, fc.boolean()).map(([plan, succeeds]) => ({
    ...plan,
    actions: [{ do: "answer" as const, which: 0, succeeds }, ...plan.actions],
  }));
  return fc.oneof({ weight: 2, arbitrary: step }, { weight: 1, arbitrary: answered });
}

/**
 * Random handlers. Most of them wait at their end, whatever has become of the rest: then all of it is
 * replayed.
 */
export function programs(language: Language = everything): fc.Arbitrary<Program> {
  const program = anyPrograms(language);
  const replayed = fc.tuple(program, seconds).map(([part, wait]): Program => ({
    kind: "sequence",
    parts: [
      { kind: "caught", part },
      { kind: "wait", seconds: wait },
    ],
  }));
  return fc.oneof({ weight: 1, arbitrary: program }, { weight: 4, arbitrary: replayed });
}

function anyPrograms(language: Language): fc.Arbitrary<Program> {
  const step = stepPlan(language);
  const callback = callbackPlan(language);
  const leaf: fc.Arbitrary<Program> = fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("step" as const), step }) },
    { weight: 3, arbitrary: fc.record({ kind: fc.constant("wait" as const), seconds }) },
    {
      weight: 4,
      arbitrary: fc.record({ kind: fc.constant("callback" as const), callback, ask: asking }),
    },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("again" as const), which: fc.nat(3), ask: asking }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("submitter" as const),
        callback,
        step: submission(language),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant("condition" as const),
        checks: fc.integer({ min: 1, max: 3 }),
        delaySeconds: seconds,
        fails: oneIn(4),
        step,
      }),
    },
    { weight: 1, arbitrary: fc.constant({ kind: "throw" as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant("ticks" as const), count: fc.nat(5) }),
    },
  );
  const { program } = fc.letrec<{ readonly program: Program }>((tie) => {
    const part = tie("program");
    const parts = fc.array(part, { minLength: 1, maxLength: 4 });
    return {
      program: fc.oneof(
        { maxDepth: 4, depthSize: "small" },
        { weight: 3, arbitrary: leaf },
        {
          weight: 3,
          arbitrary: fc.record({ kind: fc.constant("sequence" as const), parts }),
        },
        {
          weight: 5,
          arbitrary: fc.record({
            kind: fc.constantFrom<Combinator[]>("race", "all", "any", "allSettled"),
            parts,
          }),
        },
        {
          weight: 2,
          arbitrary: fc.record({
            kind: fc.constant("child" as const),
            body: part,
            isBulky: oneIn(8),
          }),
        },
        {
          weight: 2,
          arbitrary: fc.record({
            kind: fc.constant("joined" as const),
            how: fc.constantFrom<Combinator[]>("race", "all", "any", "allSettled"),
            parts,
          }),
        },
        {
          weight: 4,
          arbitrary: fc.record({
            kind: fc.constant("batch" as const),
            batch: batchPlan,
            parts: fc.array(part, { maxLength: 4 }),
          }),
        },
        ...(language.invokes
          ? [
              {
                weight: 2,
                arbitrary: fc.record({ kind: fc.constant("invoke" as const), body: part }),
              },
            ]
          : []),
        {
          weight: 1,
          arbitrary: fc.record({ kind: fc.constant("meanwhile" as const), part, other: part }),
        },
        { weight: 2, arbitrary: fc.record({ kind: fc.constant("caught" as const), part }) },
        { weight: 1, arbitrary: fc.record({ kind: fc.constant("detached" as const), part }) },
      ),
    };
  });
  return program;
}
