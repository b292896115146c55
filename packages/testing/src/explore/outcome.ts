import type { ErrorObject } from "@durabletest/runtime";
import type { Operation } from "@durabletest/runtime/protocol";
import type { Engine } from "../engine/engine.ts";
import type { ScriptedPlay } from "../engine/scripts.ts";
import type { DurableResult } from "../result.ts";
import { remembering } from "../service/remembering.ts";
import type { ExecutionState } from "../service/state.ts";

const ID = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi;
const ISO_TIME = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g;
/** Values that are this near to the time of an execution are taken for times. */
const SLACK_MS = 366 * 86_400_000;

/** How an execution ended, as a text that is the same where nothing but times and ids differ. */
export function outcomeText(result: DurableResult<unknown>): string {
  const { status, error } = result;
  const { ErrorType, ErrorMessage } = error ?? {};
  return JSON.stringify([
    status,
    comparable(result.result, result),
    ErrorType,
    comparable(ErrorMessage, result),
  ]);
}

/** A value, without times and ids. */
function comparable(value: unknown, result: DurableResult<unknown>): unknown {
  if (typeof value === "string") return value.replaceAll(ID, "<id>").replaceAll(ISO_TIME, "<time>");
  if (typeof value === "number") return isTime(value, result) ? "<time>" : value;
  if (Array.isArray(value)) return value.map((part) => comparable(part, result));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [key, comparable(part, result)]),
  );
}

function isTime(value: number, { startedAt }: DurableResult<unknown>): boolean {
  return Math.abs(value - startedAt.getTime()) < SLACK_MS;
}

/** What happened, as a short text: two executions alike have the same. */
export function historyKey({ executions }: Engine): string {
  const parts: string[] = [];
  for (const { state } of executions.byArn.values()) {
    const hash = new Hash();
    hash
      .text(state.status)
      .text(state.result ?? "")
      .text(state.error?.ErrorMessage ?? "");
    parts.push(eventsHash(state).key, hash.key);
  }
  return parts.join();
}

/** What a replay of its end is given, as a short text: executions that differ in times only have the same. */
export function endKey({ executions }: Engine): string {
  const hash = new Hash();
  for (const { state } of executions.byArn.values()) {
    hash.text(state.status).text(state.result ?? state.error?.ErrorMessage ?? "");
    for (const operation of state.replayable.values()) {
      const { Id, Status, StepDetails, CallbackDetails, ContextDetails } = operation;
      const details = StepDetails ?? CallbackDetails ?? ContextDetails;
      hash
        .text(Id)
        .text(Status)
        .text(details?.Result ?? "");
    }
  }
  return hash.key;
}

/**
 * Where an execution stands: from two that stand alike the same follows, and a check says the same of both. What is
 * decided of attempts that have not ended is not in it.
 */
export function stateKey(engine: Engine): string {
  const hash = new Hash().number(engine.clock.now());
  for (const { dueAt, what } of engine.clock.inOrderOfArming()) {
    hash.text(what.kind).number(dueAt);
    if (what.kind === "script") addMoves(hash, what.play);
  }
  for (const execution of engine.executions.byArn.values()) {
    hash.text(outcomesHash(execution.state).key);
    for (const { name, key } of execution.effects) hash.text(name).text(key ?? "");
    for (const [id, { runs, completedRuns }] of execution.stepRuns ?? []) {
      hash.text(id).number(runs).number(completedRuns);
    }
  }
  return `${historyKey(engine)} ${hash.key}`;
}

/** What the world is going to do. */
function addMoves(hash: Hash, { moves, next }: ScriptedPlay): void {
  for (const move of moves.slice(next)) {
    hash.text(move.kind).number(move.afterMs);
    if (move.kind === "success") hash.text(move.payload.toOtherSdks ?? "");
    if (move.kind === "failure") addError(hash, move.error);
  }
}

function addError(hash: Hash, { ErrorType, ErrorMessage, ErrorData }: ErrorObject): void {
  for (const text of [ErrorType, ErrorMessage, ErrorData]) hash.text(text ?? "");
}

/** What its operations have come to, in the order of its events. */
function outcomesHash(state: ExecutionState): Hash {
  return hashOfEvents(outcomeHashes, state, (hash, { EventType, Id = "" }) => {
    const operation = EventType.endsWith("Started") ? undefined : state.operations.get(Id);
    const { Result, Error } = (operation && detailsOf(operation.operation)) ?? {};
    hash.text(Result ?? "");
    if (Error !== undefined) addError(hash, Error);
  });
}

function detailsOf({
  StepDetails,
  CallbackDetails,
  ContextDetails,
  ChainedInvokeDetails,
}: Operation):
  | { readonly Result?: string | undefined; readonly Error?: ErrorObject | undefined }
  | undefined {
  return StepDetails ?? CallbackDetails ?? ContextDetails ?? ChainedInvokeDetails;
}

/** What happened, and when. */
function eventsHash(state: ExecutionState): Hash {
  return hashOfEvents(eventHashes, state, (hash, { EventType, Id = "", EventTimestamp }) => {
    hash.text(EventType).text(Id).number(Number(EventTimestamp));
  });
}

/** Of an execution, and of how many of its events. */
type EventHashes = WeakMap<ExecutionState, { readonly hash: Hash; count: number }>;

const eventHashes: EventHashes = new WeakMap();
const outcomeHashes: EventHashes = new WeakMap();

/** Events are only ever added: what has been counted in is not looked at again. */
function hashOfEvents(
  hashes: EventHashes,
  state: ExecutionState,
  add: (hash: Hash, event: ExecutionState["history"][number]) => void,
): Hash {
  const known = hashes.get(state) ?? { hash: new Hash(), count: 0 };
  for (; known.count < state.history.length; known.count += 1) {
    const event = state.history[known.count];
    if (event !== undefined) add(known.hash, event);
  }
  hashes.set(state, known);
  return known.hash;
}

const FIRST_A = 0x811c9dc5 | 0;
const FIRST_B = 0x01234567;

/** 64 bits of what is put into it: FNV-1a, twice, with different beginnings. Signed: such numbers need no objects. */
class Hash {
  #a = FIRST_A;
  #b = FIRST_B;

  get key(): string {
    return `${this.#a}.${this.#b}`;
  }

  text(text: string): this {
    const { a, b } = text.length > SHORT ? digestOf(text) : knownDigestOf(text);
    return this.#add(a, b);
  }

  number(value: number): this {
    const low = value % 0x40000000;
    const high = Math.floor(value / 0x40000000);
    return this.#add(low, low).#add(high, high);
  }

  #add(forA: number, forB: number): this {
    this.#a = Math.imul(this.#a ^ forA, PRIME);
    const b = Math.imul(this.#b ^ forB, PRIME);
    this.#b = b ^ (b >>> 15);
    return this;
  }
}

const PRIME = 0x01000193;

interface Digest {
  readonly a: number;
  readonly b: number;
}

/** Of short texts: types of events, ids and states come again and again. */
const knownDigestOf = remembering(digestOf);
const SHORT = 40;

function digestOf(text: string): Digest {
  let a = FIRST_A;
  let b = FIRST_B;
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    a = Math.imul(a ^ unit, PRIME);
    b = Math.imul(b ^ unit, PRIME);
    b ^= b >>> 15;
  }
  return { a, b };
}
