import { createRequire } from "node:module";
import { basename, dirname, extname, sep } from "node:path";
import type { AnyDurableLambdaHandler } from "@durabletest/testing";
import type { LoadedHandler } from "../load-handler.ts";
import type { Handlers } from "./play.ts";

/** A function, and the module that it comes from. */
export interface OpenModule {
  /** What it is called: after its file, or its export where the module was named with one. */
  readonly functionName: string;
  /** As it was named. */
  readonly module: string;
  /** Absolute; undefined as long as it has not been loaded. */
  readonly file: string | undefined;
  readonly exportName: string | undefined;
  readonly isInDefault: boolean;
  /** Why its last version could not be loaded; the one before it goes on. */
  readonly problem: string | undefined;
}

/** Loads one module's handler. */
export type Load = (module: string) => Promise<LoadedHandler>;

/** What Node remembers of modules, by file; jiti puts there what it loads. */
const loaded = createRequire(import.meta.url).cache;

/**
 * The modules that are played with, in their newest version that can be loaded.
 *
 * Owns: which handlers there are, by the name of their function; what they have loaded.
 * Does not own: how a module is loaded (`load-handler.ts`), when (`session.ts`).
 *
 * 1. A version that cannot be loaded takes nothing away.
 * 2. What comes of a loading counts until a newer one has begun: sources may hang while they are loaded, and be mended.
 */
export class Modules {
  readonly #load: Load;
  readonly #modules = new Map<string, OpenModule>();
  readonly #handlers = new Map<string, AnyDurableLambdaHandler>();
  /** What had been loaded before them. */
  readonly #before: ReadonlySet<string> = new Set(Object.keys(loaded));
  #version = 0;
  /** How many loadings have begun. */
  #loadings = 0;

  constructor(names: readonly string[], load: Load) {
    this.#load = load;
    for (const module of names) {
      const functionName = this.#freeName(functionNameOf(module));
      this.#modules.set(functionName, {
        functionName,
        module,
        file: undefined,
        exportName: undefined,
        isInDefault: false,
        problem: undefined,
      });
    }
  }

  get all(): readonly OpenModule[] {
    return [...this.#modules.values()];
  }

  get handlers(): Handlers {
    return this.#handlers;
  }

  /** Counts up whenever handlers have been loaded. */
  get version(): number {
    return this.#version;
  }

  /** Where what they have loaded lies, apart from packages. */
  get folders(): readonly string[] {
    const files = this.all.flatMap(({ file }) => file ?? []);
    return [...new Set([...files, ...this.#files()].map((file) => dirname(file)))];
  }

  /**
   * Loads all of them anew, with what they import.
   *
   * @returns whether there is a new version of any; not where a newer loading has begun meanwhile.
   */
  async load(): Promise<boolean> {
    this.#loadings += 1;
    const loading = this.#loadings;
    for (const file of this.#files()) delete loaded[file];
    let isNew = false;
    for (const module of this.all) {
      const came = await this.#loaded(module);
      if (loading !== this.#loadings) return false;
      this.#modules.set(module.functionName, came.module);
      if (came.handler === undefined) continue;
      this.#handlers.set(module.functionName, came.handler);
      isNew = true;
    }
    if (isNew) this.#version += 1;
    return isNew;
  }

  /** Without a handler where it cannot be loaded. */
  async #loaded(
    module: OpenModule,
  ): Promise<{ readonly module: OpenModule; readonly handler?: AnyDurableLambdaHandler }> {
    try {
      const { handler, ...place } = await this.#load(module.module);
      return { handler, module: { ...module, ...place, problem: undefined } };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return { module: { ...module, problem } };
    }
  }

  #files(): readonly string[] {
    return Object.keys(loaded).filter(
      (file) => !this.#before.has(file) && !file.includes(`${sep}node_modules${sep}`),
    );
  }

  #freeName(wanted: string): string {
    let name = wanted;
    for (let count = 2; this.#modules.has(name); count += 1) name = `${wanted}-${count}`;
    return name;
  }
}

/** A name that Lambda takes: `order` of `src/order.ts`, `fulfil` of `src/order.ts#fulfil`. */
function functionNameOf(module: string): string {
  const [path = "", exportName] = module.split("#");
  const file = basename(path, extname(path));
  const folder = basename(dirname(path));
  const plain = file === "index" || file === "handler" ? folder : file;
  const name = (exportName ?? plain).replaceAll(/[^\w-]/g, "-").slice(0, 60);
  return /\w/.test(name) ? name : "handler";
}
