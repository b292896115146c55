/**
 * What handler code writes to the standard output, past the console.
 *
 * Owns: who is shown it first.
 *
 * 1. Text that nobody takes goes where it would have gone, and so does all text of code outside a call: the
 *    test's own, other tests', the framework's.
 * 2. Nothing is put in place before a call asks for it, and whatever has been put there since stays: a spy
 *    of the test is called with what is not taken.
 * 3. What is put in place is made in the realm of the process (main-realm.ts): the streams outlive sandboxes.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { natives } from "./natives.ts";
import { isFunction } from "./route.ts";
import { shared } from "./shared.ts";

/** Says whether it takes a text. */
export type TakeOutput = (text: string) => boolean;

const takers = shared("outputTakers", () => new AsyncLocalStorage<TakeOutput>());

/** Not marked by a property: a spy copies those of the function that it stands in for. */
const watching = shared("outputWatched", () => new WeakSet());

/** Calls `fn`; what it writes to the standard output, and what follows from it, is shown to `take` first. */
export function showOutput<T>(take: TakeOutput, fn: () => T): T {
  watch(process.stdout);
  watch(process.stderr);
  return takers.run(take, fn);
}

const watch = shared("watchOutput", () => (stream: NodeJS.WriteStream): void => {
  const write: unknown = Reflect.get(stream, "write");
  if (!isFunction(write) || watching.has(write)) return;
  const watched = function (this: unknown, ...args: never[]): unknown {
    const take = takers.getStore();
    const [text]: readonly unknown[] = args;
    if (take === undefined || typeof text !== "string" || !take(text)) {
      return Reflect.apply(write, this, args);
    }
    const given: readonly unknown[] = args;
    for (const done of given) if (isFunction(done)) natives.nextTick(done);
    return true;
  };
  watching.add(watched);
  stream.write = watched as typeof stream.write;
});
