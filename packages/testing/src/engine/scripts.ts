import type { CallbackOperation } from "../operation.ts";
import { byName } from "../input/by-name.ts";
import { type CallbackScript, movesOf, type ScriptedMove } from "../script.ts";

/** The moves of a script that are still to come. */
export interface ScriptedPlay {
  readonly callbackId: string;
  readonly moves: readonly ScriptedMove[];
  /** The one that comes next. */
  readonly next: number;
  /** The first move comes before the handler can know that the callback has started. */
  readonly isAtOnce?: boolean;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * The scripts of a runner.
 *
 * Owns: which script answers for which callback, and which was never used.
 */
export class Scripts {
  #byName: ReadonlyMap<string, CallbackScript>;
  #used: ReadonlySet<string> = NONE;

  constructor(scripts: Readonly<Record<string, CallbackScript>>) {
    this.#byName = byName(scripts);
  }

  get unused(): readonly string[] {
    return [...this.#byName.keys()].filter((name) => !this.#used.has(name));
  }

  /** More of them; of two for a name the later one counts. */
  add(scripts: Readonly<Record<string, CallbackScript>>): void {
    const more = byName(scripts);
    if (more.size === 0) return;
    this.#byName = new Map([...this.#byName, ...more]);
    this.#used = new Set([...this.#used].filter((name) => !more.has(name)));
  }

  /** The same scripts, as far as they have been used. */
  copy(): Scripts {
    const copy = new Scripts(Object.fromEntries(this.#byName));
    copy.#used = this.#used;
    return copy;
  }

  /** The script's moves for a callback that has just started; undefined when none answers for it. */
  begin(callback: CallbackOperation, name: string | undefined): ScriptedPlay | undefined {
    const script = name === undefined ? undefined : this.#byName.get(name);
    if (name === undefined || script === undefined) return undefined;
    if (!this.#used.has(name)) this.#used = new Set([...this.#used, name]);
    const response = typeof script === "function" ? script(callback) : script;
    if (response === undefined) return undefined;
    const { callbackId } = callback;
    return { callbackId, moves: movesOf(response, `callbacks.${name}`), next: 0 };
  }
}
