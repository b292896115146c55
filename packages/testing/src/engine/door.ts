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

/** The engine of a runner; undefined for what is no runner. */
export function engineOf(runner: unknown): RunnerEngine | undefined {
  return typeof runner === "object" && runner !== null && key in runner
    ? (runner[key] as RunnerEngine)
    : undefined;
}
