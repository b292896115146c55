import { DurableError } from "@durabletest/runtime";
import { framesOf } from "@durabletest/runtime/protocol";
import { CallNotAwaitedError } from "../errors.ts";
import { currentScope } from "../surroundings/scope.ts";
import { isListenedTo } from "./call-listener.ts";
import { WatchedPromise } from "./watched-promise.ts";

/** A call of a runner by a test. */
interface Call {
  /** As it reads: `runner.run()`, `runner.callback("approval").succeed()`. */
  readonly name: string;
  /** Where it was made; a stack is written only when somebody reads it. */
  readonly site: { readonly stack?: string };
  /** Nobody need await it, unless it fails. */
  readonly mayBeLeft: boolean;
  isOver: boolean;
  isAwaited: boolean;
  failure: { readonly error: unknown } | undefined;
}

/**
 * The calls that a test has made of a runner, and that are not over or that nobody has awaited.
 *
 * A call is awaited when somebody asks for its outcome: `await`, `then`, `Promise.all`, `expect(…).resolves`.
 */
export class Calls {
  readonly #runner: object;
  #calls: Set<Call> | undefined;

  constructor(runner: object) {
    this.#runner = runner;
  }

  /**
   * Makes a call. Two functions stand between this one and the test: see {@link OWN_FRAMES}.
   *
   * @param mayBeLeft - whether nobody need await it, unless it fails.
   */
  make<T>(name: string, start: () => Promise<T>, mayBeLeft = false): Promise<T> {
    // Code of the handler, a fake of the outside world for instance, may leave its calls alone.
    if (currentScope() !== undefined) return start();
    const call: Call = {
      name,
      site: new Error("The call"),
      mayBeLeft,
      isOver: false,
      isAwaited: false,
      failure: undefined,
    };
    if (!isListenedTo(this.#runner)) return this.#go(call, start);
    const watched: WatchedPromise<T> = new WatchedPromise((resolve) => {
      resolve(this.#go(call, start, () => watched.silence()));
    });
    return watched.whenAwaited(() => {
      call.isAwaited = true;
      if (call.isOver) this.#forget(call);
    });
  }

  /** @param report - sees to it that a failure which nobody awaits is told at the end of the test alone. */
  async #go<T>(call: Call, start: () => Promise<T>, report?: () => void): Promise<T> {
    // It does not see itself while it looks at what stands in its way.
    const promise = start();
    this.#calls = (this.#calls ?? new Set()).add(call);
    try {
      return await promise;
    } catch (error) {
      call.failure = { error };
      tellSite(error, call);
      if (!call.isAwaited) report?.();
      throw error;
    } finally {
      call.isOver = true;
      if (report === undefined || call.isAwaited) this.#forget(call);
    }
  }

  /** Most runners are kept in numbers, with no call going on. */
  #forget(call: Call): void {
    this.#calls?.delete(call);
    if (this.#calls?.size === 0) this.#calls = undefined;
  }

  /** Somebody waits for all that is going on. */
  awaited(): void {
    for (const call of this.#calls ?? []) if (!call.isOver) call.isAwaited = true;
  }

  /** The call that is going on, as the end of a message; empty if there is none. */
  describeOpen(): string {
    const open = this.#open();
    if (open === undefined) return "";
    return ` ${described(open)} has not finished. Was an await forgotten? await ${open.name}`;
  }

  /** The name of the call that is going on, and where it was made. */
  get open(): string | undefined {
    const open = this.#open();
    return open && described(open);
  }

  #open(): Call | undefined {
    return [...(this.#calls ?? [])].find((call) => !call.isOver);
  }

  /** What is to be said of the calls that nobody has awaited until now; it is said once. */
  takeUnawaited(): CallNotAwaitedError | undefined {
    const calls = [...(this.#calls ?? [])].filter(
      ({ isAwaited, mayBeLeft, failure }) => !isAwaited && !(mayBeLeft && failure === undefined),
    );
    const [first] = calls;
    this.#calls = undefined;
    if (first === undefined) return undefined;
    const sentences = calls.map((call) => {
      const { failure } = call;
      const outcome = failure === undefined ? "" : ` It failed: ${firstLine(failure.error)}`;
      return `${described(call)} was not awaited.${outcome}`;
    });
    const error = new CallNotAwaitedError(
      `${[...new Set(sentences)].join("\n")}\nThe test went on, and ended, whatever became of it: await ${first.name}`,
    );
    const frames = framesFrom(first);
    if (frames.length > 0) {
      error.stack = `${error.name}: ${error.message}\n${frames.join("\n")}`;
    }
    return error;
  }
}

function described(call: Call): string {
  const [frame = ""] = framesFrom(call);
  const place = /\(?((?:file:\/\/)?[^\s()]+:\d+:\d+)\)?$/.exec(frame)?.[1];
  return place === undefined ? call.name : `${call.name}, called at ${place},`;
}

/**
 * An error that was made where the execution went on has no frame of the test: it gets those of the call that
 * had it go on.
 */
function tellSite(error: unknown, call: Call): void {
  if (!DurableError.is(error) || typeof error.stack !== "string") return;
  if (framesOf(error.stack).some((frame) => !isOwn(frame) && !isPlumbing(frame))) return;
  // Not by assignment: an error may be frozen, and then it stays as it is.
  Reflect.set(error, "stack", [error.stack, ...framesFrom(call)].join("\n"));
}

/** `make`, what calls it, and the method that the test has called. */
const OWN_FRAMES = 3;

/** From the code that has made the call on; the clock of a runner calls it in the test's stead. */
function framesFrom({ site }: Call): readonly string[] {
  const frames = framesOf(site.stack).slice(OWN_FRAMES);
  const begin = frames.findIndex((frame) => !isOwn(frame));
  return frames.slice(Math.max(0, begin));
}

/** Once, and not before somebody asks: where stacks go through source maps, to read one loads the map of this file. */
let ownRoot: { readonly path: string | undefined } | undefined;

function isOwn(frame: string): boolean {
  const { path } = (ownRoot ??= { path: findOwnRoot() });
  return path !== undefined && frame.includes(path);
}

/** Undefined where the package was bundled into the user's own code, and cannot be told from it. */
function findOwnRoot(): string | undefined {
  const [frame = ""] = framesOf(new Error("where").stack);
  return /[^\s()]*[/\\]testing[/\\](?:src|dist)[/\\]/.exec(frame)?.[0];
}

function isPlumbing(frame: string): boolean {
  return /[( ]node:|<anonymous>|node_modules/.test(frame);
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  return text.split("\n", 1)[0] ?? "";
}
