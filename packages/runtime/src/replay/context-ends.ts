import { isEnded, type Operation, OperationSubType } from "../protocol/operation.ts";
import type { OperationUpdate } from "../protocol/update.ts";
import { isClosing } from "./accepted-update.ts";

/** An operation that only the handler ends: a step or a context. */
interface OwnOperation {
  readonly parentId: string | undefined;
  /** Where it stands in the order of starting. */
  readonly position: number;
}

/** An operation that the outside world ends. */
interface OutsideOperation {
  /** Its START may have reached the service. */
  sent: boolean;
  /** Handler code will hear of its end. */
  listened: boolean;
}

/**
 * Which contexts handler code may take for ended before the service has taken their end.
 *
 * A context that ends records nothing that could be lost: if its end is not taken, neither is anything that
 * was made of it, and a replay ends it again. What must not change is the order in which handler code sees
 * things end. On a replay that is the order of the end times; ends of one checkpoint have the same time, and
 * the service lists them by when their operations started. Therefore
 *
 * 1. A context's end is told at once only if all ends that were queued before it have been told, and none is
 *    queued behind it of an operation that started earlier.
 * 2. An end that is queued after one has been told, of an operation that started earlier, goes into a
 *    checkpoint of its own time.
 * 3. Nothing is told at once while something is listened to that the outside world ends and may have ended
 *    already: whose START has been sent, or will be in an earlier checkpoint.
 *
 * 4. A context that a replay makes again ends in a later checkpoint than all that ended before it: it is there
 *    again only when what it is made of has ended.
 *
 * What a context contains does not count as other: on a replay it is not there, or has ended before. Items of a
 * batch are always told at once: only the batch sees them, and nothing that it records depends on their order.
 *
 * Owns: which operations are open, as far as this invocation has asked for them; which ends are not told.
 * Does not own: what has been recorded (`history.ts`), nor the queue (`checkpointer.ts`).
 */
export class ContextEnds {
  readonly #own = new Map<string, OwnOperation>();
  #started = 0;
  readonly #outside = new Map<string, OutsideOperation>();
  /** Outside operations that are listened to. */
  #listenedQueued = 0;
  #listenedSent = 0;
  /** Ends that were queued and neither told nor taken, in the order of the queue. */
  readonly #ends: OperationUpdate[] = [];
  #itemEnds: OperationUpdate[] = [];
  /** Ends that were told and not sent, of the last checkpoint of the queue. */
  readonly #told = new Set<OperationUpdate>();

  /** An update is about to be queued; tells whether it must not leave with what was queued before it. */
  queued(update: OperationUpdate): boolean {
    const { Id, Type, Action } = update;
    if (Action === "START") {
      if (isOwn(Type)) this.#opens(update);
      else this.#outside.set(Id, { sent: false, listened: false });
      return false;
    }
    if (!isClosing(update)) return false;
    if (isItem(update)) {
      this.#itemEnds.push(update);
      return false;
    }
    this.#ends.push(update);
    if (!isMadeAgain(update) && !this.#startedBeforeTold(update)) return false;
    this.#told.clear();
    return true;
  }

  /** Updates are on their way. */
  sent(updates: readonly OperationUpdate[]): void {
    for (const update of updates) {
      this.#told.delete(update);
      const operation = this.#outside.get(update.Id);
      if (operation === undefined || operation.sent) continue;
      this.#count(operation, -1);
      operation.sent = true;
      this.#count(operation, 1);
    }
  }

  /** The service has taken updates. */
  taken(updates: readonly OperationUpdate[]): void {
    for (const update of updates) {
      if (!isClosing(update)) continue;
      this.#own.delete(update.Id);
      if (update === this.#ends[0]) this.#ends.shift();
      else if (update === this.#itemEnds[0]) this.#itemEnds.shift();
    }
  }

  /** The handler has asked for an operation that an earlier invocation has recorded. */
  recalled(recorded: Operation): void {
    if (isEnded(recorded.Status)) return;
    if (isOwn(recorded.Type)) this.#opens(recorded);
    else this.#outside.set(recorded.Id, { sent: true, listened: false });
  }

  /** Handler code will hear of the end of an operation. */
  listened(id: string): void {
    const operation = this.#outside.get(id);
    if (operation === undefined || operation.listened) return;
    operation.listened = true;
    this.#count(operation, 1);
  }

  /** The outside world has ended an operation. */
  ended(id: string): void {
    const operation = this.#outside.get(id);
    if (operation === undefined) return;
    this.#count(operation, -1);
    this.#outside.delete(id);
  }

  /**
   * Takes the next context whose end is to be told now.
   *
   * @param queue.hasRoom - less than a batch is queued: nobody gets further ahead of the service.
   * @param queue.fitsOneBatch - all that is queued will be taken at the same time.
   */
  next(queue: {
    readonly hasRoom: boolean;
    readonly fitsOneBatch: () => boolean;
  }): OperationUpdate | undefined {
    const item = this.#itemEnds.shift();
    if (item !== undefined) return item;
    const [end] = this.#ends;
    if (end === undefined || end.Type !== "CONTEXT" || !queue.hasRoom) return undefined;
    if (this.#listenedSent > 0) return undefined;
    if (this.#listenedQueued > 0 && !queue.fitsOneBatch()) return undefined;
    if (this.#ends.some((other) => this.#startedEarlier(other, end))) return undefined;
    this.#ends.shift();
    this.#told.add(end);
    return end;
  }

  #startedBeforeTold(update: OperationUpdate): boolean {
    for (const told of this.#told) if (this.#startedEarlier(update, told)) return true;
    return false;
  }

  #startedEarlier(one: OperationUpdate, other: OperationUpdate): boolean {
    const { position = 0 } = this.#own.get(one.Id) ?? {};
    const operation = this.#own.get(other.Id);
    return (
      operation !== undefined && position < operation.position && !this.#isIn(operation, one.Id)
    );
  }

  #isIn({ parentId }: OwnOperation, id: string): boolean {
    if (parentId === undefined) return false;
    if (parentId === id) return true;
    const parent = this.#own.get(parentId);
    return parent !== undefined && this.#isIn(parent, id);
  }

  #opens({ Id, ParentId }: Pick<Operation, "Id" | "ParentId">): void {
    if (!this.#own.has(Id)) this.#own.set(Id, { parentId: ParentId, position: this.#started++ });
  }

  #count({ listened, sent }: OutsideOperation, change: 1 | -1): void {
    if (!listened) return;
    if (sent) this.#listenedSent += change;
    else this.#listenedQueued += change;
  }
}

function isOwn(type: Operation["Type"]): boolean {
  return type === "STEP" || type === "CONTEXT";
}

function isMadeAgain({ ContextOptions }: OperationUpdate): boolean {
  return ContextOptions?.ReplayChildren === true;
}

function isItem({ SubType }: OperationUpdate): boolean {
  return SubType === OperationSubType.MAP_ITERATION || SubType === OperationSubType.PARALLEL_BRANCH;
}
