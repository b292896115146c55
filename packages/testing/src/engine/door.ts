import type { Calls } from "./calls.ts";
import type { Drive } from "./drive.ts";
import type { Engine } from "./engine.ts";

/** What other parts of this package need of a runner. Not part of the public interface. */
export interface RunnerEngine {
  readonly engine: Engine;
  readonly disposed: boolean;
  readonly calls: Calls;
  /** Goes on with another engine, on which an execution has been started; before it has started one. */
  adopt(engine: Engine): void;
  /** Goes on in the background, as after `sendCallback…`, unless a call is going on that will. */
  continueInBackground(): void;
}

/** The same in every copy of the package: a runner made with one works with a server of another. */
const key = Symbol.for("durabletest.engine");

/** Gives all runners of a class a door; `driveOf` is told which one is asked, `adopt` gives one another engine. */
export function attachDrives<Runner extends object>(
  { prototype }: { readonly prototype: Runner },
  driveOf: (runner: Runner) => Drive<unknown>,
  adopt: (runner: Runner, engine: Engine) => void,
): void {
  Object.defineProperty(prototype, key, {
    get(this: Runner): RunnerEngine {
      const drive = driveOf(this);
      const { engine, turns, calls } = drive;
      return {
        engine,
        calls,
        get disposed() {
          return turns.isDisposed;
        },
        adopt: (other) => adopt(this, other),
        continueInBackground: () => void turns.takeInBackground(() => drive.continue()),
      };
    },
  });
}

/** What is no runner, but executes, has its engine here. */
const executingKey = Symbol.for("durabletest.executing");

/** Lets {@link executingEngine} find the engine of something that is no runner, once that tells of what it executes. */
export function attachEngine(executing: object, engine: Engine): void {
  Object.defineProperty(executing, executingKey, { value: engine });
}

/** The engine of what has told that it executes; undefined for anything else. */
export function executingEngine(executing: object): Engine | undefined {
  return (
    engineOf(executing)?.engine ?? (Reflect.get(executing, executingKey) as Engine | undefined)
  );
}

/** The engine of a runner; undefined for what is no runner. */
export function engineOf(runner: unknown): RunnerEngine | undefined {
  return typeof runner === "object" && runner !== null && key in runner
    ? (runner[key] as RunnerEngine)
    : undefined;
}
