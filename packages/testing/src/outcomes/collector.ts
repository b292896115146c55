import { executingEngine } from "../engine/door.ts";
import type { Engine } from "../engine/engine.ts";
import type { Execution } from "../engine/execution.ts";
import { type AnyDurableLambdaHandler, ownHandler } from "../handlers.ts";
import { takeResult } from "../result.ts";
import { findFunction } from "../service/function-name.ts";
import { mergeObservations } from "./merge.ts";
import type { ObservedFunction, OperationSettings } from "./observation.ts";
import { observe } from "./observe.ts";

// Not imported: see surroundings/builtins.ts.
const { relative, sep } = process.getBuiltinModule("node:path");

/** A module that a test file has loaded. */
export interface LoadedModule {
  readonly file: string;
  readonly exports: unknown;
  /** Whether another one imports it, as far as that is known. */
  readonly isImportedBy?: ((file: string) => boolean) | undefined;
}

/** Where a test file is, and what it has loaded. */
export interface CollectorOptions {
  /** What names of files are relative to. */
  readonly root: string;
  readonly testFile: () => string | undefined;
  /** Asked once for each handler. */
  readonly modules: () => readonly LoadedModule[];
}

/** Whoever does not name a function calls it like that. */
const UNNAMED = "durable-test";

/** So many are kept before they are merged: to merge takes as long as to look at one. */
const UNMERGED = 200;

type Identity = Omit<ObservedFunction, "operations">;

/**
 * Collects what the executions of a test file come to. For plugins of test frameworks.
 *
 * @example
 * ```ts
 * const collector = new OutcomeCollector({
 *   root: process.cwd(),
 *   testFile: () => "src/order.test.ts",
 *   modules: () => [],
 * });
 * listenToOutcomes((runner) => collector.executed(runner)); // of @durabletest/testing/plugin/setup
 * afterAll(() => console.log(collector.take()));
 * ```
 *
 * Owns: what was seen, and runners whose execution goes on. Does not own: what can be seen (`observe.ts`), when it is
 * asked (the plugins of test frameworks).
 */
export class OutcomeCollector {
  readonly #options: CollectorOptions;
  readonly #goingOn = new Set<object>();
  readonly #exported = new WeakMap<AnyDurableLambdaHandler, { readonly found?: Identity }>();
  #observed: ObservedFunction[] = [];

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  /** A runner has executed something; one that goes on with an explored run does not count. What has ended is looked at at once: it may be disposed of next. */
  executed(runner: object): void {
    const engine = executingEngine(runner);
    if (engine === undefined || engine.isExplored) return;
    if (engine.isGoingOn) {
      this.#goingOn.add(runner);
    } else {
      this.#goingOn.delete(runner);
      this.#observe(engine);
    }
  }

  /** What was seen since it was last asked. */
  take(): readonly ObservedFunction[] {
    for (const runner of this.#goingOn) {
      const engine = executingEngine(runner);
      if (engine !== undefined) this.#observe(engine);
    }
    this.#goingOn.clear();
    const observed = mergeObservations(this.#observed);
    this.#observed = [];
    return observed;
  }

  #observe(engine: Engine): void {
    const answeredLate = new Set([...engine.world.answeredTooLate, ...answersUnderWayIn(engine)]);
    const { durable } = engine.settings.functions;
    const targetOf = (name: string): Pick<OperationSettings, "durable" | "timeoutSeconds"> => {
      const target = durable.get(findFunction(name, [...durable.keys()]) ?? "");
      return target === undefined ? {} : { durable: true, timeoutSeconds: target.timeoutSeconds };
    };
    const seen = [...engine.executions.byArn.values()].map((execution): ObservedFunction => ({
      ...this.#identify(execution),
      operations: observe({
        result: takeResult(engine.source(execution)),
        answeredLate,
        targetOf,
      }),
    }));
    this.#observed.push(...seen);
    if (this.#observed.length > UNMERGED) this.#observed = [...mergeObservations(this.#observed)];
  }

  /** By the module that exports it; else by the name that tests give it; else it is one of the test file. */
  #identify({ function: { handler, functionName } }: Execution): Identity {
    const names = functionName === UNNAMED ? [] : [functionName];
    const exported = this.#findExport(handler);
    if (exported !== undefined) return { ...exported, names };
    const [name] = names;
    if (name !== undefined) return { id: name, names };
    const testFile = this.#options.testFile();
    const file = testFile === undefined ? UNNAMED : this.#relative(testFile);
    return { id: file, names, file };
  }

  #findExport(executed: AnyDurableLambdaHandler): Identity | undefined {
    const handler = ownHandler(executed);
    const known = this.#exported.get(handler);
    if (known !== undefined) return known.found;
    const exporting = this.#options.modules().flatMap((module) => {
      const name = exportOf(module.exports, handler);
      return name === undefined ? [] : [{ module, name }];
    });
    // One that exports what it has from another one is not where it is written.
    const own = exporting.findLast(({ module }) =>
      exporting.every(({ module: { file, isImportedBy } }) =>
        file === module.file ? true : isImportedBy?.(module.file) !== true,
      ),
    );
    const found = own && {
      id: `${this.#relative(own.module.file)}#${own.name}`,
      names: [],
      file: this.#relative(own.module.file),
      exported: own.name,
    };
    this.#exported.set(handler, found === undefined ? {} : { found });
    return found;
  }

  #relative(file: string): string {
    return relative(this.#options.root, file).split(sep).join("/");
  }
}

/** By which name a module exports a value. */
function exportOf(exports: unknown, value: unknown): string | undefined {
  if (exports === value) return "default";
  if (typeof exports !== "object" || exports === null) return undefined;
  const isModule = isEsModule(exports);
  return Object.keys(exports).find((name) => {
    try {
      // Whoever has written an accessor has something happen when it is read: a module is loaded, say.
      const isReadable =
        isModule || "value" in (Object.getOwnPropertyDescriptor(exports, name) ?? {});
      return isReadable && Reflect.get(exports, name) === value;
    } catch {
      return false; // it has not been evaluated to its end
    }
  });
}

/** Whether it is the namespace of an ES module, or what a compiler has made of one: those accessors do nothing else. */
function isEsModule(exports: object): boolean {
  return (
    Object.getOwnPropertyDescriptor(exports, Symbol.toStringTag)?.value === "Module" ||
    Object.getOwnPropertyDescriptor(exports, "__esModule")?.value === true
  );
}

/** Ids of callbacks that scripts have yet to answer, of executions that have ended. */
function answersUnderWayIn({ clock, world }: Engine): ReadonlySet<string> {
  return new Set(
    clock.inOrderOfArming().flatMap(({ what }) => {
      if (what.kind !== "script") return [];
      const { callbackId, moves, next } = what.play;
      const isAnswer = moves.slice(next).some(({ kind }) => kind !== "heartbeat");
      const hasEnded = world.callbacks.get(callbackId)?.execution.ended === true;
      return isAnswer && hasEnded ? [callbackId] : [];
    }),
  );
}
