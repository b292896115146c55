import { AsyncLocalStorage } from "node:async_hooks";
import { isEnded, type Operation } from "../protocol/operation.ts";
import type { OperationUpdate } from "../protocol/update.ts";
import type { SurroundingContext } from "../client/service-client.ts";
import type { LogPlace } from "../logger.ts";
import type { Execution } from "./execution.ts";
import type { OperationPath } from "./operation-id.ts";

/** Where in the tree of operations a new one stands. */
export class Place {
  readonly id: string;
  /** The CONTEXT around it; none at the top. */
  readonly parentId: string | undefined;
  readonly #paths: OperationPath;
  readonly #position: number;

  constructor(paths: OperationPath, position: number, parentId: string | undefined) {
    this.id = paths.id(position);
    this.parentId = parentId;
    this.#paths = paths;
    this.#position = position;
  }

  /** The paths of operations inside it. */
  get below(): OperationPath {
    return this.#paths.below(this.#position);
  }
}

/** What a scope is the inside of. */
export interface ScopeOrigin {
  readonly name: string | undefined;
  readonly subType?: string | undefined;
  /** What it is called in messages: `child context "book"`. */
  readonly what: string;
  /** Whether the code in it is given a context of its own. */
  readonly givesContext: boolean;
}

const TOP: ScopeOrigin = { name: undefined, what: "the handler", givesContext: true };

/**
 * Where handler code makes operations: the top of the handler, or the body of a child context.
 *
 * Owns: the counter that gives operations their ids; whether anything may still happen in here; the waits
 * of the code in here for the outside world; what the place is called.
 *
 * Invariants
 * 1. Once it is closed, nothing in it begins, and what waits in it holds nothing up.
 * 2. What is inside a closed scope is closed.
 * 3. Once it is sealed, nothing in it is recorded either: a context on record, its own or one around it, has
 *    ended. A virtual scope, which has no record, closes without that: its body runs again on every replay,
 *    and must find there what had begun.
 */
export class ContextScope {
  readonly execution: Execution;
  /** The CONTEXT operation; none at the top. */
  readonly id: string | undefined;
  readonly origin: ScopeOrigin;
  readonly #paths: OperationPath;
  readonly #parent: ContextScope | undefined;
  readonly #inside = new Set<ContextScope>();
  #position = 0;
  #waits = 0;
  #closed: boolean;
  #sealed = false;

  constructor(
    execution: Execution,
    paths: OperationPath,
    inside?: {
      readonly parent: ContextScope;
      readonly id: string | undefined;
      readonly origin: ScopeOrigin;
    },
  ) {
    this.execution = execution;
    this.origin = inside?.origin ?? TOP;
    this.#paths = paths;
    this.id = inside?.id;
    this.#parent = inside?.parent;
    if (this.#parent !== undefined) this.#parent.#inside.add(this);
    this.#closed = this.#parent !== undefined && this.#parent.closed;
  }

  /** Takes the next place; called once for each operation, in the order of the calls. */
  nextPlace(): Place {
    this.#position += 1;
    return new Place(this.#paths, this.#position, this.id);
  }

  /** Passes over a place whose operation is not asked for. */
  skipPlace(): void {
    this.#position += 1;
  }

  child(place: Place, origin: ScopeOrigin): ContextScope {
    return new ContextScope(this.execution, place.below, { parent: this, id: place.id, origin });
  }

  /** A child with ids of its own, but no operation: what is made in it is recorded as if made in here. */
  virtualChild(place: Place, origin: ScopeOrigin): ContextScope {
    return new ContextScope(this.execution, place.below, { parent: this, id: this.id, origin });
  }

  isWithin(other: ContextScope): boolean {
    return this.#parent === other || this.#parent?.isWithin(other) === true;
  }

  /** Its context has ended: what is still going on in it has been given up. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The recorded operation around the code in here. */
  get logPlace(): LogPlace {
    if (this.id === undefined) return {};
    if (this.#parent?.id === this.id) return this.#parent.logPlace; // it has no record of its own
    const { name } = this.origin;
    return { operationId: this.id, ...(name !== undefined && { operationName: name }) };
  }

  /** The contexts around the code in here that have a record, the outermost first. */
  get around(): readonly SurroundingContext[] {
    const outer = this.#parent?.around ?? [];
    if (this.id === undefined || this.#parent?.id === this.id) return outer;
    const { name, subType } = this.origin;
    return [...outer, { id: this.id, parentId: this.#parent?.id, name, subType }];
  }

  /** The scope whose code is running, of the same execution. */
  get current(): ContextScope {
    const running = runningScope.getStore();
    return running?.execution === this.execution ? running : this.#top;
  }

  get #top(): ContextScope {
    return this.#parent === undefined ? this : this.#parent.#top;
  }

  /** Whether nothing in here is recorded any more. */
  get sealed(): boolean {
    return this.#sealed || this.#parent?.sealed === true;
  }

  close(): void {
    this.#sealed = this.id !== this.#parent?.id;
    this.#giveUp();
  }

  #giveUp(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (; this.#waits > 0; this.#waits -= 1) this.execution.waitEnds();
    for (const child of this.#inside) child.#giveUp();
    this.#inside.clear();
    if (this.#parent !== undefined) this.#parent.#inside.delete(this);
  }

  /**
   * Whether an operation with this record is never to be heard of: a closed scope gives the outcomes it has,
   * and no more.
   */
  isOver(recorded: Operation | undefined): boolean {
    return this.#closed && (recorded === undefined || !isEnded(recorded.Status));
  }

  /** Queues an update, unless it is sealed. */
  checkpoint(update: OperationUpdate, acknowledged?: () => void): void {
    if (!this.sealed) this.execution.checkpoint(update, acknowledged);
  }

  waitBegins(): void {
    if (this.#closed) return;
    this.#waits += 1;
    this.execution.waitBegins();
  }

  waitEnds(): void {
    if (this.#closed) return;
    this.#waits -= 1;
    this.execution.waitEnds();
  }

  /**
   * The callbacks made in here, in child contexts and in steps, also in earlier invocations: read from
   * the history, for bodies of finished steps do not run again.
   */
  callbacksInside(): readonly Operation[] {
    const { history } = this.execution;
    return history.callbacks().filter((callback) => {
      let parentId = callback.ParentId;
      while (parentId !== undefined && parentId !== this.id) {
        parentId = history.get(parentId)?.ParentId;
      }
      return parentId === this.id;
    });
  }
}

/** Where handler code is running: the child context around it, or the top of the handler. */
export const runningScope: AsyncLocalStorage<ContextScope> = new AsyncLocalStorage();
