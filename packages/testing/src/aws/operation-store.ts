import { asError } from "@durabletest/runtime/protocol";
import type { WaitingOperationStatus } from "./names.ts";
import { type FoundOperation, type HandleOwner, OperationHandle } from "./operation-handle.ts";
import { idOf, type Locator } from "./locator.ts";
import { type RunEnd, whyMissing } from "./missing-operation.ts";
import type { OperationIndex } from "./operation-index.ts";
import { natives } from "../surroundings/natives.ts";

interface Waiter {
  readonly handle: OperationHandle;
  readonly locator: Locator | undefined;
  readonly status: WaitingOperationStatus;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  /** Made when the wait began, so that its stack leads to the test. */
  readonly error: Error;
}

/**
 * The handles that a test holds, and what it waits for.
 *
 * Owns: handles, waits, and which runs they are about: the latest that began, and others that are going on.
 * Does not own: the operations (the run's, in its index).
 */
export class OperationStore implements HandleOwner {
  readonly #mayWait: () => void;
  readonly #handles: OperationHandle[] = [];
  readonly #waiters = new Set<Waiter>();
  /** What the handles look for that do not stand for an operation already. */
  readonly #locators = new WeakMap<OperationHandle, Locator>();
  /** Of the run that began last. */
  #index: OperationIndex | undefined;
  /** Of the runs that are going on, the latest first. */
  #going: readonly OperationIndex[] = [];
  /** Runs that were asked for and are not over, also those that have not begun. */
  #runs = 0;
  #hasRun = false;
  #end: (() => RunEnd) | undefined;
  /** What handles belong to since a reset during a run. */
  #next: OperationStore | undefined;

  /** @param mayWait - throws when handles cannot be waited for. */
  constructor(mayWait: () => void = () => {}) {
    this.#mayWait = mayWait;
  }

  /** The store of the handles that are asked for after a reset. */
  next(): OperationStore {
    this.#next = new OperationStore(this.#mayWait);
    return this.#next;
  }

  /** Has a run run. What is waited for when it is over, and no other goes on, will not come. */
  async during<T>(run: () => Promise<T>): Promise<T> {
    this.#runs += 1;
    this.#hasRun = true;
    this.#end = undefined;
    try {
      return await run();
    } catch (error) {
      const outcome = `The run rejected: ${asError(error).message}`;
      this.#end ??= () => ({ outcome, timeline: "" });
      throw error;
    } finally {
      this.#runs -= 1;
      this.#giveUp();
      for (let next = this.#next; next !== undefined; next = next.#next) next.#giveUp();
    }
  }

  /** A run has begun: handles are about it from now on. */
  begin(index: OperationIndex): void {
    this.#index = index;
    this.#going = [index, ...this.#going];
    this.#end = undefined;
  }

  /** Operations of a run have changed. */
  changed(index: OperationIndex): void {
    if (this.#going.includes(index)) this.#settleWaiters();
  }

  /**
   * A run has ended.
   *
   * @param end - how; asked when somebody is told.
   */
  end(index: OperationIndex, end: () => RunEnd): void {
    this.#settleWaiters();
    this.#going = this.#going.filter((other) => other !== index);
    if (index === this.#index) this.#end = end;
  }

  handle(locator: Locator): OperationHandle {
    const handle = new OperationHandle(this, () => this.#find(locator));
    this.#locators.set(handle, locator);
    this.#handles.push(handle);
    return handle;
  }

  handleOn(found: FoundOperation): OperationHandle {
    const handle = new OperationHandle(this, () => found);
    this.#handles.push(handle);
    return handle;
  }

  /** Handles on all operations of a run, in the order in which they started. */
  handlesOnAll(index: OperationIndex): OperationHandle[] {
    return index.ids.map((id) => new OperationHandle(this, () => ({ index, id })));
  }

  /** Whether the test has a handle on an operation of a run, or on one around it. */
  hasHandleOn(index: OperationIndex, id: string): boolean {
    const held = new Set<string>();
    for (const { found } of this.#handles) if (found?.index === index) held.add(found.id);
    let around: string | undefined = id;
    while (around !== undefined) {
      if (held.has(around)) return true;
      around = index.has(around) ? index.operation(around).ParentId : undefined;
    }
    return false;
  }

  async waitFor(handle: OperationHandle, status: WaitingOperationStatus): Promise<void> {
    this.#mayWait();
    if (handle.hasReached(status)) return;
    const error = new Error("Not reached.");
    const locator = this.#locators.get(handle);
    const reached = new Promise<void>((resolve, reject) => {
      this.#waiters.add({ handle, locator, status, resolve, reject, error });
    });
    // Waited for between two runs. The next one begins at once, or it is not coming.
    if (this.#hasRun) natives.setImmediate(() => this.#giveUp());
    await reached;
  }

  #find(locator: Locator): FoundOperation | undefined {
    const latest = findIn(this.#index, locator);
    if (latest !== undefined) return latest;
    for (const index of this.#going) {
      const found = findIn(index, locator);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #settleWaiters(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.handle.hasReached(waiter.status)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  /** Rejects what is waited for, unless a run is still to bring it. */
  #giveUp(): void {
    // How a run has ended takes long to tell: it has a timeline.
    if (this.#runs > 0 || this.#waiters.size === 0) return;
    const end = this.#end?.();
    for (const { handle, locator, status, reject, error } of this.#waiters) {
      const standing = handle.getStatus();
      const message = whyMissing({ locator, status, standing }, this.#index, end);
      // The stack has the lines of the test, and the message as it was.
      if (error.stack !== undefined) {
        error.stack = error.stack.replace(error.message, () => message);
      }
      error.message = message;
      reject(error);
    }
    this.#waiters.clear();
  }
}

function findIn(index: OperationIndex | undefined, locator: Locator): FoundOperation | undefined {
  const id = index && idOf(index, locator);
  return index === undefined || id === undefined ? undefined : { index, id };
}
