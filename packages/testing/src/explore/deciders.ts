import type { Decider, DecisionPoint, Decisions } from "../engine/decided-choices.ts";
import {
  anotherPossibility,
  isCrash,
  type Possibility,
  possibilities,
  type World,
} from "./possibilities.ts";
import { type Random, randomOf } from "./random.ts";

/** Something that was decided. */
export interface Decision {
  readonly point: DecisionPoint;
  readonly decided: Possibility;
  /** It is what would have happened anyway. */
  readonly isUsual: boolean;
}

/** Picks one of several possibilities. */
export interface Picker {
  /**
   * @param usual - is also what an undefined answer means.
   * @param others - the few that matter most.
   * @param another - makes up one more; undefined: there is none.
   */
  pick(
    point: DecisionPoint,
    options: {
      readonly all: readonly Possibility[];
      readonly another: (random: Random) => Possibility;
    },
  ): Possibility;
}

/**
 * Decides everything that may be decided about an execution, with the help of a picker.
 *
 * Owns: what was decided, in order; how many invocations may still die.
 */
export class Explorer implements Decider {
  readonly decisions: Decision[] = [];
  readonly unasked: readonly string[] = [];
  readonly #picker: Picker;
  readonly #world: World;
  #crashesLeft: number;
  /** What attempts of steps do, by their ids. */
  readonly #attempts = new Map<string, Possibility>();

  constructor(picker: Picker, world: World, crashes: number) {
    this.#picker = picker;
    this.#world = world;
    this.#crashesLeft = crashes;
  }

  decide<Kind extends keyof Decisions>(
    point: Extract<DecisionPoint, { readonly kind: Kind }>,
  ): Decisions[Kind] | undefined {
    const again = this.#madeAgain(point);
    if (again !== undefined) return again as Decisions[Kind];
    const budget = { mayCrash: this.#crashesLeft > 0 };
    const all = possibilities(point, this.#world, budget);
    const another = (random: Random): Possibility =>
      anotherPossibility(point, this.#world, random, budget);
    const picked = this.#picker.pick(point, { all, another }) ?? all[0];
    if (isCrash(picked)) this.#crashesLeft -= 1;
    this.decisions.push({ point, decided: picked, isUsual: picked === all[0] });
    if (point.kind === "step" && picked !== undefined && !isCrash(picked)) {
      this.#attempts.set(point.id.slice(0, point.id.lastIndexOf("#") + 1), picked);
    }
    return picked as Decisions[Kind] | undefined;
  }

  /** An attempt that is made again after a crash comes to the same: nobody knows of it yet. */
  #madeAgain(point: DecisionPoint): Possibility {
    if (point.kind !== "step") return undefined;
    const { id } = point;
    const attempt = id.slice(0, id.lastIndexOf("#") + 1);
    const before = this.#attempts.get(attempt);
    if (before === undefined) return undefined;
    this.decisions.push({ point, decided: before, isUsual: true });
    return before;
  }
}

/** Does what is usual, but for what it is told. */
export class FixedPicker implements Picker {
  readonly #decided: ReadonlyMap<string, Possibility>;
  #asked = 0;

  /** @param decided - by the id of a point. */
  constructor(decided: ReadonlyMap<string, Possibility>) {
    this.#decided = decided;
  }

  /** Whether it was asked about all that it had been told. */
  get wasAsked(): boolean {
    return this.#asked === this.#decided.size;
  }

  pick({ id }: DecisionPoint): Possibility {
    const decided = this.#decided.get(id);
    if (decided !== undefined) this.#asked += 1;
    return decided;
  }
}

/** Takes what is not usual now and then; in some executions often, in others rarely. */
export class RandomPicker implements Picker {
  readonly #random: Random;
  readonly #boldness: number;

  constructor(seed: number, run: number) {
    this.#random = randomOf(seed, run);
    this.#boldness = this.#random.pick([0.05, 0.15, 0.35, 0.6]);
  }

  pick({ kind }: DecisionPoint, { all, another }: Parameters<Picker["pick"]>[1]): Possibility {
    const random = this.#random;
    // There is one answer to a callback; of checkpoints there are many.
    const boldness = kind === "callback" ? 0.75 : this.#boldness;
    if (!random.chance(boldness)) return undefined;
    const made = random.chance(0.3) ? another(random) : undefined;
    return made ?? (all.length < 2 ? undefined : random.pick(all.slice(1)));
  }
}

/** At how many places priorities change in an execution. */
const CHANGES = 3;
/** Among so many decisions. */
const WITHIN = 24;

/**
 * Gives everything that goes on side by side a priority, and changes a few: who has a low one is slow. Finds
 * what needs one certain order of a few things among many.
 *
 * Source: Burckhardt et al., "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs" (2010).
 */
export class PriorityPicker implements Picker {
  readonly #random: Random;
  readonly #others: RandomPicker;
  /** Of threads: what belongs to one context. Milliseconds that its attempts take. */
  readonly #priorities = new Map<string, number>();
  readonly #changes: ReadonlySet<number>;
  #decisions = 0;

  constructor(seed: number, run: number) {
    this.#random = randomOf(seed, run);
    this.#others = new RandomPicker(seed, run);
    this.#changes = new Set(Array.from({ length: CHANGES }, () => this.#random.integer(0, WITHIN)));
  }

  pick(point: DecisionPoint, options: Parameters<Picker["pick"]>[1]): Possibility {
    this.#decisions += 1;
    if (point.kind === "callback") return this.#others.pick(point, options);
    if (this.#changes.has(this.#decisions)) {
      const { all } = options;
      return all.length < 2 ? undefined : this.#random.pick(all.slice(1));
    }
    if (point.kind !== "step") return undefined;
    const slowness = this.#slowness(point.parentId ?? point.id);
    return slowness === 0 ? undefined : ["run", slowness];
  }

  #slowness(thread: string): number {
    const known = this.#priorities.get(thread) ?? this.#random.integer(0, 12);
    this.#priorities.set(thread, known);
    return known;
  }
}

/** One place in a tree of possibilities. */
interface Node {
  readonly count: number;
  index: number;
}

/**
 * All possibilities, one execution after another, each once.
 *
 * Owns: the way to the execution that is looked at, and where there is something left.
 */
export class Tree implements Picker {
  readonly #path: Node[] = [];
  readonly #seen = new Set<string>();
  readonly #stateKey: () => string;
  #depth = 0;
  #isDone = false;

  /** @param stateKey - says where the execution stands; from two places alike the same follows. */
  constructor(stateKey: () => string) {
    this.#stateKey = stateKey;
  }

  pick({ id }: DecisionPoint, { all }: Parameters<Picker["pick"]>[1]): Possibility {
    const depth = this.#depth;
    this.#depth += 1;
    let node = this.#path[depth];
    if (node === undefined) {
      const key = `${id} ${all.length} ${this.#stateKey()}`;
      node = { count: this.#seen.has(key) ? 1 : all.length, index: 0 };
      this.#seen.add(key);
      this.#path.push(node);
    }
    return all[node.index];
  }

  /** Whether all have been looked at. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Goes on to the next execution; false: all have been looked at. */
  next(): boolean {
    this.#depth = 0;
    for (let node = this.#path.at(-1); node !== undefined; node = this.#path.at(-1)) {
      if (node.index + 1 < node.count) {
        node.index += 1;
        return true;
      }
      this.#path.pop();
    }
    this.#isDone = true;
    return false;
  }
}
