import type { ErrorObject } from "@durabletest/runtime";
import type { OperationUpdate } from "@durabletest/runtime/protocol";
import type { CallbackOperation } from "../operation.ts";
import { attemptOf, movesOf, respond, type Response } from "../script.ts";
import type {
  CallbackPoint,
  CheckpointFate,
  CheckpointPoint,
  Choices,
  StepPoint,
} from "./choices.ts";
import type { Clock } from "./clock.ts";
import type { DueThing } from "./due.ts";
import type { Execution } from "./execution.ts";
import { ScriptedAttempts } from "./scripted-attempts.ts";
import type { ScriptedPlay, Scripts } from "./scripts.ts";
import type { AttemptChoice, StepScripts } from "./step-scripts.ts";
import type { Due } from "./timer-queue.ts";

/** One move of the outside world, as it is written down: what, with what, how many milliseconds after the one before. */
export type WrittenMove =
  | readonly ["success", unknown, number]
  | readonly ["nothing", number]
  | readonly ["raw", string, number]
  | readonly ["failure", ErrorObject, number]
  | readonly ["heartbeat", number];

/** What the world does to a callback. `"at once"`: before the handler can know that there is one. */
export interface WrittenAnswer {
  readonly moves: readonly WrittenMove[];
  readonly atOnce?: true;
}

/** What an attempt of a step does, as it is written down; the number is how long it takes, in milliseconds. */
export type WrittenAttempt =
  | readonly ["run", number]
  | readonly ["success", unknown, number]
  | readonly ["nothing", number]
  | readonly ["failure", ErrorObject, number]
  | readonly ["crash", "before" | "after"]
  | readonly ["never"];

/** Somewhere one of several things could happen. Ids are the same whenever an execution goes the same way. */
export type DecisionPoint =
  | {
      readonly kind: "callback";
      readonly id: string;
      readonly callback: CallbackOperation;
      readonly name: string | undefined;
      /** Virtual epoch milliseconds. */
      readonly now: number;
      /** When something else is due, as far as that is known. */
      readonly dueTimes: () => readonly number[];
    }
  | {
      readonly kind: "step";
      readonly id: string;
      readonly name: string | undefined;
      readonly parentId: string | undefined;
      readonly attempt: number;
      /** In which invocation: 1 for the first. */
      readonly invocation: number;
      /** `payment/9f8e7d`, of an execution that was invoked. */
      readonly invoked?: string | undefined;
      readonly addresses: () => readonly string[];
      readonly now: number;
      readonly dueTimes: () => readonly number[];
    }
  | {
      readonly kind: "checkpoint";
      readonly id: string;
      /** Counts the checkpoints of its execution, from 1. */
      readonly number: number;
      readonly invocation: number;
      readonly invoked?: string | undefined;
      readonly updates: readonly OperationUpdate[];
    }
  /** Due together: which happens first. */
  | { readonly kind: "tie"; readonly id: string; readonly dues: readonly Due<DueThing>[] }
  /** Executions that wait for an invocation: which is invoked first. */
  | { readonly kind: "next"; readonly id: string; readonly functionNames: readonly string[] }
  /** The first random number that an execution asks for. */
  | { readonly kind: "chance"; readonly id: string };

/** What was decided: plain data, so that it can be written down. */
export interface Decisions {
  readonly callback: WrittenAnswer;
  readonly step: WrittenAttempt;
  readonly checkpoint: CheckpointFate;
  readonly tie: number;
  readonly next: number;
  readonly chance: number;
}

/** Decides what a schedule may say; undefined: what is usual. */
export interface Decider {
  decide<Kind extends keyof Decisions>(
    point: Extract<DecisionPoint, { readonly kind: Kind }>,
  ): Decisions[Kind] | undefined;
  /** In words: decisions of which nobody has asked. */
  readonly unasked: readonly string[];
}

/**
 * Choices that somebody decides, each at a point that has an id.
 *
 * Owns: the ids. Does not own: what is decided (`Decider`), what is usual.
 */
export class DecidedChoices implements Choices {
  readonly looksAtAttempts = true;
  readonly #usual: Choices;
  readonly #decider: Decider;
  /** How often a point of an id has come up. */
  readonly #counts = new Map<string, number>();
  #scriptedAttempts = new ScriptedAttempts();
  /** The last decision between things that are due together: it is asked for more than once. */
  #tie: { readonly key: string; readonly due: Due<DueThing> | undefined } | undefined;

  constructor(usual: Choices, decider: Decider) {
    this.#usual = usual;
    this.#decider = decider;
  }

  get unasked(): readonly string[] {
    return this.#decider.unasked;
  }

  copy(scripts: Scripts, steps: StepScripts): Choices {
    const copy = new DecidedChoices(this.#usual.copy(scripts, steps), this.#decider);
    for (const [id, count] of this.#counts) copy.#counts.set(id, count);
    copy.#scriptedAttempts = this.#scriptedAttempts.copy();
    return copy;
  }

  nextExecution(waiting: Iterable<Execution>): Execution | undefined {
    const able = [...waiting].filter(({ needsInvocation }) => needsInvocation);
    if (able.length < 2) return able[0];
    const functionNames = able.map(({ functionName }) => functionName);
    return (
      able[this.#decider.decide({ kind: "next", id: this.#id("next"), functionNames }) ?? 0] ??
      able[0]
    );
  }

  nextDue(clock: Clock): Due<DueThing> | undefined {
    const dues = clock.firstTogether();
    if (dues.length < 2) return dues[0];
    const key = dues.map(({ sequence }) => sequence).join();
    if (this.#tie?.key !== key) {
      const index = this.#decider.decide({ kind: "tie", id: this.#id("tie"), dues }) ?? 0;
      this.#tie = { key, due: dues[index] };
    }
    return this.#tie.due ?? dues[0];
  }

  answer(point: CallbackPoint): ScriptedPlay | undefined {
    const { execution, callback, name, clock } = point;
    const decided = this.#decider.decide({
      kind: "callback",
      id: this.#id(idOf("callback", execution, { name, id: callback.id })),
      callback,
      name,
      now: clock.now(),
      dueTimes: () => dueTimes(clock),
    });
    if (decided === undefined) return this.#usual.answer(point);
    const { callbackId } = callback;
    const moves = decided.moves.flatMap((move) => movesOf(moveOf(move), "schedule"));
    return { callbackId, moves, next: 0, ...(decided.atOnce === true && { isAtOnce: true }) };
  }

  attempt(point: StepPoint): AttemptChoice | undefined {
    const { execution, operationId, parentId, name, attempt, addresses, clock } = point;
    const invocation = execution.invocations.length;
    const decided = this.#decider.decide({
      kind: "step",
      id: this.#id(`${idOf("step", execution, { name, id: operationId })} ${attempt}`),
      name,
      parentId,
      attempt,
      invocation,
      invoked: invokedAs(execution),
      addresses,
      now: clock.now(),
      dueTimes: () => dueTimes(clock),
    });
    const scripted = (): AttemptChoice | undefined =>
      this.#scriptedAttempts.choice(point, invocation, () => this.#usual.attempt(point));
    if (decided === undefined) return scripted();
    if (decided[0] !== "crash") return attemptFrom(decided);
    this.#scriptedAttempts.died({ executionArn: execution.state.arn, invocation });
    // What a script does in the place of the function is done before the crash, too.
    const before = decided[1] === "after" ? scripted() : undefined;
    return before === undefined ? attemptFrom(decided) : { kind: "crash after", scripted: before };
  }

  checkpoint(point: CheckpointPoint): CheckpointFate {
    const { execution, updates } = point;
    const id = this.#id(idOf("checkpoint", execution));
    const number = Number(id.slice(id.lastIndexOf("#") + 1));
    const invocation = execution.invocations.length;
    const invoked = invokedAs(execution);
    const decided = this.#decider.decide({
      kind: "checkpoint",
      id,
      number,
      invocation,
      invoked,
      updates,
    });
    if (decided === "crash before" || decided === "crash after") {
      this.#scriptedAttempts.died({ executionArn: execution.state.arn, invocation });
    }
    return decided ?? this.#usual.checkpoint(point);
  }

  chance(execution: Execution): number {
    const id = this.#id(idOf("chance", execution));
    return this.#decider.decide({ kind: "chance", id }) ?? this.#usual.chance(execution);
  }

  #id(what: string): string {
    const count = (this.#counts.get(what) ?? 0) + 1;
    this.#counts.set(what, count);
    return `${what}#${count}`;
  }
}

/** `step charge 1a2b3c4d`; of an execution that was invoked: `step payment/9f8e7d charge 1a2b3c4d`. */
function idOf(
  kind: string,
  execution: Execution,
  operation?: { readonly name: string | undefined; readonly id: string },
): string {
  const as = invokedAs(execution);
  const invoked = as === undefined ? "" : ` ${as}`;
  if (operation === undefined) return `${kind}${invoked}`;
  const name = operation.name === undefined ? "" : ` ${operation.name}`;
  return `${kind}${invoked}${name} ${operation.id.slice(0, 8)}`;
}

function invokedAs({ invokedBy, functionName, state }: Execution): string | undefined {
  return invokedBy && `${functionName}/${state.arn.slice(-6)}`;
}

/** Without what is about the end of an invocation: who takes that long is cut off, and tries again as long. */
function dueTimes(clock: Clock): readonly number[] {
  return clock
    .inOrderOfArming()
    .filter(({ what }) => what.kind !== "handler" || !what.isAtLimit)
    .map(({ dueAt }) => dueAt);
}

function moveOf(move: WrittenMove): Response {
  switch (move[0]) {
    case "success":
      return respond.success(move[1]).after({ milliseconds: move[2] });
    case "nothing":
      return respond.success().after({ milliseconds: move[1] });
    case "raw":
      return respond.raw(move[1]).after({ milliseconds: move[2] });
    case "failure":
      return respond.failure(move[1]).after({ milliseconds: move[2] });
    case "heartbeat":
      return respond.heartbeatEvery({ milliseconds: move[1] }).times(1);
  }
}

function attemptFrom(attempt: WrittenAttempt): AttemptChoice {
  return attemptOf(responseOf(attempt), "schedule") ?? "never";
}

function responseOf(attempt: WrittenAttempt): Response {
  switch (attempt[0]) {
    case "run":
      return respond.run().after({ milliseconds: attempt[1] });
    case "success":
      return respond.success(attempt[1]).after({ milliseconds: attempt[2] });
    case "nothing":
      return respond.success().after({ milliseconds: attempt[1] });
    case "failure":
      return respond.failure(attempt[1]).after({ milliseconds: attempt[2] });
    case "crash":
      return respond.crash(attempt[1]);
    case "never":
      return respond.never();
  }
}
