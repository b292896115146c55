import type { CallbackOperation } from "../operation.ts";
import { type CallbackScript, movesOf, type ScriptedMove } from "../script.ts";

/** The moves of a script that are still to come. */
export interface ScriptedPlay {
  readonly callbackId: string;
  readonly moves: readonly ScriptedMove[];
  /** The one that comes next. */
  readonly next: number;
}

/**
 * The scripts of a runner.
 *
 * Owns: which script answers for which callback, and which was never used.
 */
export class Scripts {
  readonly #byName: ReadonlyMap<string, CallbackScript>;
  readonly #used = new Set<string>();

  constructor(scripts: Readonly<Record<string, CallbackScript>>) {
    this.#byName = new Map(Object.entries(scripts));
  }

  get unused(): readonly string[] {
    return [...this.#byName.keys()].filter((name) => !this.#used.has(name));
  }

  /** The same scripts, as far as they have been used. */
  copy(): Scripts {
    const copy = new Scripts(Object.fromEntries(this.#byName));
    for (const name of this.#used) copy.#used.add(name);
    return copy;
  }

  /** The script's moves for a callback that has just started; undefined when none answers for it. */
  begin(callback: CallbackOperation, name: string | undefined): ScriptedPlay | undefined {
    const script = name === undefined ? undefined : this.#byName.get(name);
    if (name === undefined || script === undefined) return undefined;
    this.#used.add(name);
    const response = typeof script === "function" ? script(callback) : script;
    if (response === undefined) return undefined;
    const { callbackId } = callback;
    return { callbackId, moves: movesOf(response, `callbacks.${name}`), next: 0 };
  }
}
