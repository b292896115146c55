import type { Decider, DecisionPoint, Decisions } from "../engine/decided-choices.ts";
import {
  anotherPossibility,
  type Budget,
  comesUp,
  everyOtherTime,
  isCrash,
  isScripted,
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

/** What a picker may pick. */
export class Options {
  readonly point: DecisionPoint;
  readonly #world: World;
  readonly #budget: Budget;
  #all: readonly Possibility[] | undefined;

  constructor(
    point: DecisionPoint,
    { world, budget, all }: { world: World; budget: Budget; all?: readonly Possibility[] },
  ) {
    this.point = point;
    this.#world = world;
    this.#budget = budget;
    this.#all = all;
  }

  /** The few that matter most, the usual one first. */
  get all(): readonly Possibility[] {
    return (this.#all ??= possibilities(this.point, this.#world, this.#budget));
  }

  /** {@link all}, and every other time that may matter. */
  get every(): readonly Possibility[] {
    const others = everyOtherTime(this.point, this.#world);
    return others.length === 0 ? this.all : [...this.all, ...others];
  }

  /** Whether it is the first of {@link all}; one that comes from elsewhere is not. */
  isUsual(possibility: Possibility): boolean {
    return this.#all?.[0] === possibility;
  }

  /** One more; undefined: there is none. */
  another(random: Random): Possibility {
    return anotherPossibility(this.point, this.#world, random, this.#budget);
  }

  /** The same, holding nothing of the execution that it is asked about. */
  kept(): Options {
    const rest = { world: this.#world, budget: this.#budget };
    const { point } = this;
    switch (point.kind) {
      case "callback": {
        const times = point.dueTimes();
        return new Options({ ...point, dueTimes: () => times }, rest);
      }
      case "step": {
        const times = point.dueTimes();
        return new Options(
          { ...point, dueTimes: () => times, addresses: () => [] },
          // Addresses matter only where somebody has said something about steps.
          this.#world.steps.size === 0 ? rest : { ...rest, all: this.all },
        );
      }
      case "checkpoint":
        return new Options({ ...point, updates: [] }, rest);
      case "tie":
        return new Options({ ...point, dues: [] }, { ...rest, all: this.all });
      case "next":
      case "chance":
        return this;
    }
  }
}

/** Picks one of several possibilities; undefined: the usual one. */
export interface Picker {
  pick(point: DecisionPoint, options: Options): Possibility;
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
    comesUp(point, this.#world);
    const options = new Options(point, { world: this.#world, budget });
    // Where a picker knows, nobody need have said what is usual.
    const unusual = this.#picker.pick(point, options);
    const picked = unusual ?? (point.kind === "callback" ? options.all[0] : undefined);
    if (isCrash(picked)) this.#crashesLeft -= 1;
    const isUsual = unusual === undefined || options.isUsual(unusual);
    this.decisions.push({ point, decided: picked, isUsual });
    if (point.kind === "step" && picked !== undefined && !isCrash(picked)) {
      this.#attempts.set(point.id.slice(0, point.id.lastIndexOf("#") + 1), picked);
    }
    return picked as Decisions[Kind] | undefined;
  }

  /** An attempt that is made again after a crash comes to the same: nobody knows of it yet. */
  #madeAgain(point: DecisionPoint): Possibility {
    if (point.kind !== "step" || this.#attempts.size === 0) return undefined;
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
  readonly #asked = new Set<string>();

  /** @param decided - by the id of a point. */
  constructor(decided: ReadonlyMap<string, Possibility>) {
    this.#decided = decided;
  }

  /** Whether it was asked about all that it had been told. */
  get wasAsked(): boolean {
    return this.unasked.length === 0;
  }

  /** What it was told, and not asked about. */
  get unasked(): readonly string[] {
    return [...this.#decided.keys()].filter((id) => !this.#asked.has(id));
  }

  pick({ id }: DecisionPoint): Possibility {
    const decided = this.#decided.get(id);
    if (decided !== undefined) this.#asked.add(id);
    return decided;
  }
}

/** Does what it is told; otherwise attempts take any time, any of several things comes first, and chance any course. */
export class OtherOrderPicker implements Picker {
  readonly #told: FixedPicker;
  readonly #random: Random;

  constructor(decided: ReadonlyMap<string, Possibility>, random: Random) {
    this.#told = new FixedPicker(decided);
    this.#random = random;
  }

  pick(point: DecisionPoint, options: Options): Possibility {
    const told = this.#told.pick(point);
    if (told !== undefined || this.#random.chance(0.5)) return told;
    if (point.kind === "step" || point.kind === "chance") return options.another(this.#random);
    return point.kind === "tie" || point.kind === "next"
      ? unusualOf(options, this.#random)
      : undefined;
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

  pick({ kind }: DecisionPoint, options: Options): Possibility {
    const random = this.#random;
    // There is no other one that is as likely to matter as any.
    if (kind === "chance") return random.chance(0.5) ? options.another(random) : undefined;
    // There is one answer to a callback; of checkpoints there are many.
    const boldness = kind === "callback" ? 0.75 : this.#boldness;
    if (!random.chance(boldness)) return undefined;
    const made = random.chance(0.3) ? options.another(random) : undefined;
    return made ?? unusualOf(options, random);
  }
}

function unusualOf({ all }: Options, random: Random): Possibility {
  return all.length < 2 ? undefined : all[random.integer(1, all.length - 1)];
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

  pick(point: DecisionPoint, options: Options): Possibility {
    this.#decisions += 1;
    if (point.kind === "callback" || point.kind === "chance") {
      return this.#others.pick(point, options);
    }
    if (this.#changes.has(this.#decisions)) return unusualOf(options, this.#random);
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
  /** As it was when the way first came here: more may be known later. */
  readonly possibilities: readonly Possibility[];
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
  /** What was decided on this way of attempts of steps, but for when they end: nobody sees it before they have. */
  #attempts = "";
  #isDone = false;

  /** @param stateKey - says where the execution stands; from two places alike the same follows. */
  constructor(stateKey: () => string) {
    this.#stateKey = stateKey;
  }

  pick({ kind, id }: DecisionPoint, options: Options): Possibility {
    const depth = this.#depth;
    this.#depth += 1;
    let node = this.#path[depth];
    if (node === undefined) {
      const { every } = options;
      const key = `${id} ${every.length} ${this.#stateKey()} ${this.#attempts}`;
      node = { possibilities: this.#seen.has(key) ? every.slice(0, 1) : every, index: 0 };
      this.#seen.add(key);
      this.#path.push(node);
    }
    const picked = node.possibilities[node.index];
    if (kind === "step" && isScripted(picked)) this.#attempts += `${id} ${JSON.stringify(picked)}`;
    return picked;
  }

  /** Whether all have been looked at. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** Goes on to the next execution; false: all have been looked at. */
  next(): boolean {
    this.#depth = 0;
    this.#attempts = "";
    for (let node = this.#path.at(-1); node !== undefined; node = this.#path.at(-1)) {
      if (node.index + 1 < node.possibilities.length) {
        node.index += 1;
        return true;
      }
      this.#path.pop();
    }
    this.#isDone = true;
    return false;
  }
}
