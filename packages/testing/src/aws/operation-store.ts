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
 * Owns: handles, waits, and which run they are about: the latest that began.
 * Does not own: the operations (the run's, in its index).
 */
export class OperationStore implements HandleOwner {
  readonly #mayWait: () => void;
  readonly #handles: OperationHandle[] = [];
  readonly #waiters = new Set<Waiter>();
  /** What the handles look for that do not stand for an operation already. */
  readonly #locators = new WeakMap<OperationHandle, Locator>();
  #index: OperationIndex | undefined;
  #running = false;
  #end: (() => RunEnd) | undefined;

  /** @param mayWait - throws when handles cannot be waited for. */
  constructor(mayWait: () => void = () => {}) {
    this.#mayWait = mayWait;
  }

  /** A run has begun: handles are about it from now on. */
  begin(index: OperationIndex): void {
    this.#index = index;
    this.#running = true;
    this.#end = undefined;
  }

  /** Operations of a run have changed. */
  changed(index: OperationIndex): void {
    if (index === this.#index) this.#settleWaiters();
  }

  /**
   * A run is over. What is waited for still will not come.
   *
   * @param end - how it has ended; asked when somebody is told.
   */
  end(index: OperationIndex, end: () => RunEnd): void {
    if (index !== this.#index) return;
    this.#running = false;
    this.#end = end;
    this.#settleWaiters();
    this.#rejectWaiters();
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
    if (!this.#running && this.#index !== undefined) {
      natives.setImmediate(() => {
        if (!this.#running) this.#rejectWaiters();
      });
    }
    await reached;
  }

  #find(locator: Locator): FoundOperation | undefined {
    const index = this.#index;
    if (index === undefined) return undefined;
    const id = idOf(index, locator);
    return id === undefined ? undefined : { index, id };
  }

  #settleWaiters(): void {
    for (const waiter of this.#waiters) {
      if (!waiter.handle.hasReached(waiter.status)) continue;
      this.#waiters.delete(waiter);
      waiter.resolve();
    }
  }

  #rejectWaiters(): void {
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
