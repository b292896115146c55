import type { StepOperation } from "../operation.ts";
import { byName } from "../input/by-name.ts";
import { attemptOf, type Response, type ScriptedAttempt } from "../script.ts";
import type { StepAttempt, StepScript } from "../step-script.ts";

/** An attempt of a step that is about to be made. */
export interface AttemptPoint extends Pick<StepAttempt, "name" | "attempt"> {
  readonly executionArn: string;
  readonly operationId: string;
  readonly parentId: string | undefined;
  /** Has what is known of the step recorded, and says how it is found. */
  readonly addresses: () => readonly string[];
  readonly step: () => StepOperation;
}

/** What is done in the place of the function of a step; `"never"`: nothing, for ever. */
export type AttemptChoice =
  | ScriptedAttempt
  | "never"
  | ((attempt: StepAttempt) => unknown)
  | CrashAfter;

/** The sandbox dies when the attempt has done what a script says, and before that is recorded. */
interface CrashAfter {
  readonly kind: "crash after";
  readonly scripted: AttemptChoice;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * The scripts of a runner for steps.
 *
 * Owns: which script answers for which attempt, and which was never used.
 */
export class StepScripts {
  #byName: ReadonlyMap<string, StepScript>;
  #hasPaths: boolean;
  #used: ReadonlySet<string> = NONE;
  /** How often a list has been asked about a step, by execution and operation. */
  readonly #asked = new Map<string, number>();

  constructor(scripts: Readonly<Record<string, StepScript>>) {
    this.#byName = byName(scripts);
    this.#hasPaths = [...this.#byName.keys()].some(isPath);
  }

  get unused(): readonly string[] {
    return [...this.#byName.keys()].filter((name) => !this.#used.has(name));
  }

  get isEmpty(): boolean {
    return this.#byName.size === 0;
  }

  /** Whether one speaks of the steps of a name, by that name or by a path that ends in it. */
  has(name: string | undefined): boolean {
    if (name === undefined || this.#byName.size === 0) return false;
    if (this.#byName.has(name)) return true;
    return this.#hasPaths && [...this.#byName.keys()].some((path) => path.endsWith(`/${name}`));
  }

  /** More of them; of two for a name the later one counts. */
  add(scripts: Readonly<Record<string, StepScript>>): void {
    const more = byName(scripts);
    if (more.size === 0) return;
    this.#byName = new Map([...this.#byName, ...more]);
    this.#hasPaths ||= [...more.keys()].some(isPath);
    this.#used = new Set([...this.#used].filter((name) => !more.has(name)));
  }

  /** The same scripts, as far as they have been used. */
  copy(): StepScripts {
    const copy = new StepScripts(Object.fromEntries(this.#byName));
    copy.#used = this.#used;
    for (const [key, count] of this.#asked) copy.#asked.set(key, count);
    return copy;
  }

  /** What a script says about an attempt; undefined: nothing. */
  begin(point: AttemptPoint): AttemptChoice | undefined {
    if (this.#byName.size === 0) return undefined;
    const found = this.#find(point);
    if (found === undefined) return undefined;
    const [name, script] = found;
    if (!this.#used.has(name)) this.#used = new Set([...this.#used, name]);
    if (typeof script === "function") return script;
    const response = Array.isArray(script) ? this.#next(script, point) : (script as Response);
    return response === undefined ? undefined : choiceOf(response, `steps.${name}`);
  }

  #next(
    list: readonly Response[],
    { executionArn, operationId }: AttemptPoint,
  ): Response | undefined {
    const key = `${executionArn} ${operationId}`;
    const asked = this.#asked.get(key) ?? 0;
    this.#asked.set(key, asked + 1);
    return list[asked];
  }

  /** The script at its path, else the one of its name. */
  #find({ name, addresses }: AttemptPoint): readonly [string, StepScript] | undefined {
    if (this.#hasPaths || name === undefined) {
      const known = addresses();
      for (const entry of this.#byName) {
        const [path] = entry;
        const isThere = (address: string): boolean =>
          address === path || address.endsWith(`/${path}`);
        if (isPath(path) && known.some(isThere)) return entry;
      }
    }
    const script = name === undefined ? undefined : this.#byName.get(name);
    return name === undefined || script === undefined ? undefined : [name, script];
  }
}

/** What a response comes to as an attempt of a step. */
export function choiceOf(response: Response, where: string): ScriptedAttempt | "never" {
  return attemptOf(response, where) ?? "never";
}

function isPath(name: string): boolean {
  return name.includes("/");
}
