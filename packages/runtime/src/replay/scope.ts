import { AsyncLocalStorage } from "node:async_hooks";
import { StepCannotWaitError } from "../errors.ts";
import { isEnded, type Operation } from "../protocol/operation.ts";
import type { OperationUpdate } from "../protocol/update.ts";
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

/**
 * Where handler code makes operations: the top of the handler, or the body of a child context.
 *
 * Owns: the counter that gives operations their ids; whether anything may still happen in here; the waits
 * of the code in here for the outside world.
 *
 * Invariants
 * 1. Once it is closed, nothing in it is recorded or begins, and what waits in it holds nothing up.
 * 2. What is inside a closed scope is closed.
 */
export class ContextScope {
  readonly execution: Execution;
  /** The CONTEXT operation; none at the top. */
  readonly id: string | undefined;
  readonly #paths: OperationPath;
  readonly #parent: ContextScope | undefined;
  readonly #inside = new Set<ContextScope>();
  #position = 0;
  #waits = 0;
  #closed: boolean;

  constructor(
    execution: Execution,
    paths: OperationPath,
    inside?: { readonly parent: ContextScope; readonly id: string | undefined },
  ) {
    this.execution = execution;
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

  child(place: Place): ContextScope {
    return new ContextScope(this.execution, place.below, { parent: this, id: place.id });
  }

  /** A child with ids of its own, but no operation: what is made in it is recorded as if made in here. */
  virtualChild(place: Place): ContextScope {
    return new ContextScope(this.execution, place.below, { parent: this, id: this.id });
  }

  /** Its context has ended: what is still going on in it has been given up. */
  get closed(): boolean {
    return this.#closed;
  }

  /** The scope whose code is running, of the same execution. */
  get current(): ContextScope {
    const running = runningScope.getStore();
    return running?.execution === this.execution ? running : this.#top;
  }

  get #top(): ContextScope {
    return this.#parent === undefined ? this : this.#parent.#top;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (; this.#waits > 0; this.#waits -= 1) this.execution.waitEnds();
    for (const child of this.#inside) child.close();
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

  /** Queues an update, unless its context has ended. */
  checkpoint(update: OperationUpdate, acknowledged?: () => void): void {
    if (!this.#closed) this.execution.checkpoint(update, acknowledged);
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

/**
 * One run of a step's body.
 *
 * Owns: whether the body can go on, or waits for callbacks; the places of operations made in it, which
 * belong to the context around the step and differ for each attempt.
 */
export class StepBody {
  readonly scope: ContextScope;
  readonly stepName: string | undefined;
  readonly attempt: number;
  readonly atMostOnce: boolean;
  readonly #place: Place;
  #position = 0;
  #waits = 0;
  /** What it waits for, the outside world included. */
  #rests = 0;
  #over = false;

  constructor(options: {
    readonly scope: ContextScope;
    readonly stepName: string | undefined;
    readonly attempt: number;
    readonly atMostOnce: boolean;
    readonly place: Place;
  }) {
    this.scope = options.scope;
    this.stepName = options.stepName;
    this.attempt = options.attempt;
    this.atMostOnce = options.atMostOnce;
    this.#place = options.place;
    this.scope.execution.bodyRuns();
  }

  get execution(): Execution {
    return this.scope.execution;
  }

  nextPlace(): Place {
    this.#position += 1;
    return new Place(this.#place.below.below(this.attempt), this.#position, this.scope.id);
  }

  /** The body waits for the outside world. */
  waitBegins(): void {
    this.#waits += 1;
    if (this.#over) return;
    if (this.#waits === 1) this.scope.waitBegins();
    this.#rest();
  }

  waitEnds(): void {
    this.#waits -= 1;
    if (this.#over) return;
    if (this.#waits === 0) this.scope.waitEnds();
    this.restEnds();
  }

  /**
   * The body waits for an operation made outside of it.
   *
   * @throws StepCannotWaitError in an at-most-once step, which could not run again.
   */
  restBegins(): void {
    if (this.atMostOnce) throw this.#cannotRest();
    this.#rest();
  }

  restEnds(): void {
    this.#rests -= 1;
    if (this.#rests === 0 && !this.#over) this.scope.execution.bodyRuns();
  }

  /** The body has settled; waits that it left behind hold nothing up. */
  end(): void {
    this.#over = true;
    if (this.#waits > 0) this.scope.waitEnds();
    if (this.#rests === 0) this.scope.execution.bodyRests();
  }

  /** It does not hold the invocation open meanwhile. */
  #rest(): void {
    this.#rests += 1;
    if (this.#rests === 1 && !this.#over) this.scope.execution.bodyRests();
  }

  #cannotRest(): StepCannotWaitError {
    const name =
      this.stepName === undefined
        ? "An at-most-once step"
        : `The at-most-once step "${this.stepName}"`;
    return new StepCannotWaitError(
      `${name} cannot wait for an operation that was started outside of it: waiting may mean running the step again later. ` +
        "Await the operation before the step, or make the step at-least-once.",
    );
  }
}

/** The child context whose body is running; none at the top of the handler. */
export const runningScope: AsyncLocalStorage<ContextScope> = new AsyncLocalStorage();

/** The step whose body is running, for code that is handed the context around it. */
export const runningStep: AsyncLocalStorage<StepBody> = new AsyncLocalStorage();

/**
 * One operation that depends on the outside world, and whether somebody waits for it. The invocation,
 * or the step it is in, rests only while both are so.
 */
export class OutsideWait {
  #waiter: ContextScope | StepBody;
  readonly #outlivesScope: boolean;
  #awaited = false;
  #open = false;
  #counted = false;

  /**
   * @param outlivesScope - the operation goes on when the scope it was made in has closed: then it is
   *   waited for where somebody awaits it, not where it was made.
   */
  constructor(waiter: ContextScope | StepBody, outlivesScope = false) {
    this.#waiter = waiter;
    this.#outlivesScope = outlivesScope;
  }

  readonly awaited = (): void => {
    if (this.#outlivesScope && this.#waiter instanceof ContextScope) this.#follow(this.#waiter);
    this.#awaited = true;
    this.#update();
  };

  opens(): void {
    this.#open = true;
    this.#update();
  }

  closes(): void {
    this.#open = false;
    this.#update();
  }

  /** Moves to where it is awaited, unless somebody who can still go on waits already. */
  #follow(waiter: ContextScope): void {
    if (this.#awaited && !waiter.closed) return;
    this.#waiter = waiter.current;
    this.#counted = false; // a scope that has closed has dropped it
  }

  #update(): void {
    const counts = this.#awaited && this.#open;
    if (counts === this.#counted) return;
    this.#counted = counts;
    if (counts) this.#waiter.waitBegins();
    else this.#waiter.waitEnds();
  }
}
