import type { DecisionPoint } from "../engine/decided-choices.ts";
import type { Options, Picker } from "./deciders.ts";
import type { Possibility } from "./possibilities.ts";

/** So many places are remembered: of what comes later, what begins alike is run again. */
const MOST_PLACES = 50_000;

/** Somewhere something was decided, after certain decisions. */
interface Place {
  readonly options: Options;
  /** Where each decision led, by its text. */
  readonly next: Map<string, Place | End>;
}

/** How an execution ended. */
interface End {
  readonly end: object;
}

/** Where the first decision is looked for. */
const FIRST = "";

/**
 * The schedules that have been run. The same decisions lead to the same execution, so one that is picked again need
 * not be run again: it is followed here, at a hundredth of the cost.
 *
 * Owns: which decisions have led where.
 *
 * 1. A picker is asked here exactly what an execution would ask it, so that what it picks does not depend on what is
 *    known.
 * 2. When an execution comes elsewhere than the same decisions have led before, it depends on something else (real
 *    work in a step, a variable of a module): from then on nothing is known any more.
 *
 * @typeParam Ended - what is remembered of an execution.
 */
export class KnownSchedules<Ended extends object> {
  readonly #start = new Map<string, Place | End>();
  readonly #mostPlaces: number;
  #places = 0;
  #isReliable = true;

  constructor(mostPlaces: number = MOST_PLACES) {
    this.#mostPlaces = mostPlaces;
  }

  /** What the execution came to that a picker would lead to; else the picker with which to run it. */
  find(picker: Picker): { readonly known: Ended } | { readonly picker: KnownPrefix } {
    const prefix: Picked[] = [];
    let at = this.#isReliable ? this.#start.get(FIRST) : undefined;
    while (at !== undefined && !("end" in at)) {
      const { point } = at.options;
      const picked = picker.pick(point, at.options);
      const text = textOf(picked);
      prefix.push({ id: point.id, picked, text, options: undefined });
      at = at.next.get(text);
    }
    // Nobody else puts ends there.
    if (at !== undefined) return { known: at.end as Ended };
    return { picker: new KnownPrefix(picker, prefix, this.#isReliable && !this.#isFull) };
  }

  get #isFull(): boolean {
    return this.#places >= this.#mostPlaces;
  }

  /** An execution has been run with a picker of {@link find}. */
  add({ asked }: KnownPrefix, ended: Ended): void {
    if (!this.#isReliable) return;
    let places = this.#start;
    let last = FIRST;
    for (const { id, text, options } of asked) {
      let at = places.get(last);
      if (at === undefined) {
        if (options === undefined || this.#isFull) return;
        this.#places += 1;
        at = { options, next: new Map() };
        places.set(last, at);
      }
      if ("end" in at || at.options.point.id !== id) {
        this.#forget();
        return;
      }
      places = at.next;
      last = text;
    }
    const at = places.get(last);
    if (at === undefined) places.set(last, { end: ended });
    else if (!("end" in at)) this.#forget();
  }

  #forget(): void {
    this.#isReliable = false;
    this.#start.clear();
  }
}

/** What has been picked at a point. */
interface Picked {
  readonly id: string;
  readonly picked: Possibility;
  readonly text: string;
  /** What else could have been; undefined where that is known, or not kept. */
  readonly options: Options | undefined;
}

/** Picks again what has been picked already, for as long as it is asked the same; then goes on. Keeps all of it. */
export class KnownPrefix implements Picker {
  readonly asked: Picked[] = [];
  readonly #picker: Picker;
  readonly #keeps: boolean;
  #prefix: readonly Picked[];

  constructor(picker: Picker, prefix: readonly Picked[], keeps: boolean) {
    this.#picker = picker;
    this.#prefix = prefix;
    this.#keeps = keeps;
  }

  pick(point: DecisionPoint, options: Options): Possibility {
    const { id } = point;
    const known = this.#prefix[this.asked.length];
    if (known?.id === id) {
      this.asked.push(known);
      return known.picked;
    }
    // Also where the execution has gone another way: nothing else that is known fits it.
    this.#prefix = [];
    const kept = this.#keeps ? options.kept() : undefined;
    const picked = this.#picker.pick(point, options);
    this.asked.push({ id, picked, text: textOf(picked), options: kept });
    return picked;
  }
}

function textOf(possibility: Possibility): string {
  return possibility === undefined ? "usual" : JSON.stringify(possibility);
}
