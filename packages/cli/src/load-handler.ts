import { readdirSync, statSync } from "node:fs";
import { basename, dirname, extname, relative, resolve } from "node:path";
import { isDurableHandler } from "@durabletest/runtime";
import { asError, describeValue } from "@durabletest/runtime/protocol";
import type { AnyDurableLambdaHandler } from "@durabletest/testing";
import { nearMisses, suggestion } from "@durabletest/testing/plugin";
import { createJiti } from "jiti";
import { FileError, HandlerChoiceError, ModuleLoadError } from "./errors.ts";
import type { Io } from "./io.ts";
import { EndsProcess, withoutEndingProcess } from "./without-ending-process.ts";

/** A handler, and where it comes from. */
export interface LoadedHandler {
  readonly handler: AnyDurableLambdaHandler;
  /** The file of the module, absolute. */
  readonly file: string;
  /** What the module calls it: `"default"`, `"handler"`, … */
  readonly exportName: string;
  /** It is a property of that name of the module's default export, and no export of its own. */
  readonly isInDefault: boolean;
}

/** How a handler is loaded. */
export interface LoadSettings extends Pick<Io, "cwd" | "sleep"> {
  /** Which export, if it is not the default one, `handler`, or the only durable handler. */
  readonly exportName?: string | undefined;
  /** How long the module may take, in real milliseconds. Default: 30 000. */
  readonly withinMs?: number | undefined;
}

const WITHIN_MS = 30_000;
const EXTENSIONS = [".ts", ".mts", ".cts", ".tsx", ".js", ".mjs", ".cjs", ".jsx"];
/** Of what modules import without an ending, the first that is there. */
const RESOLVED = [".js", ".mjs", ".cjs", ".ts", ".tsx", ".mts", ".cts", ".jsx"];

/**
 * Loads a handler of either runtime from a module as it stands: TypeScript or JavaScript, ES module or CommonJS,
 * with the `paths` of the tsconfig.json around it. What the module imports is resolved from its own folder.
 *
 * @param module - a path, from `cwd`: `src/order.ts`, or `src/order.ts#fulfil` for one of several exports.
 * @throws FileError when there is no such file; ModuleLoadError when it cannot be loaded; HandlerChoiceError when it
 * has no handler, or several.
 */
export async function loadHandler(module: string, settings: LoadSettings): Promise<LoadedHandler> {
  const { path, name } = nameInPath(module, settings.cwd);
  const file = findModule(path, settings.cwd);
  const shown = relative(settings.cwd, file);
  const exports = await loadExports(file, shown, settings);
  const { handler, exportName } = chooseHandler(exports, settings.exportName ?? name, shown);
  return { handler, exportName, isInDefault: exports.inDefault.has(exportName), file };
}

/** The handlers of modules by the names that functions are invoked by, each loaded as {@link loadHandler} does it. */
export async function loadFunctions(
  modules: ReadonlyMap<string, string> = new Map(),
  { cwd, sleep }: Pick<Io, "cwd" | "sleep">,
): Promise<Readonly<Record<string, AnyDurableLambdaHandler>>> {
  const functions = new Map<string, AnyDurableLambdaHandler>();
  for (const [name, module] of modules) {
    const { handler } = await loadHandler(module, { cwd, sleep });
    functions.set(name, handler);
  }
  return Object.fromEntries(functions);
}

/**
 * The file of a module that is named as for {@link loadHandler}, absolute.
 *
 * @throws FileError when there is none.
 */
export function moduleFileOf(module: string, cwd: string): string {
  return findModule(nameInPath(module, cwd).path, cwd);
}

/** `order.ts#fulfil`, unless a file has such a name. */
function nameInPath(module: string, cwd: string): { path: string; name?: string } {
  const at = module.lastIndexOf("#");
  if (at <= 0 || isFile(resolve(cwd, module))) return { path: module };
  return { path: module.slice(0, at), name: module.slice(at + 1) };
}

/** @throws FileError */
function findModule(path: string, cwd: string): string {
  const file = resolve(cwd, path);
  const found = [file, ...EXTENSIONS.map((extension) => file + extension)].find(isFile);
  if (found !== undefined) return found;
  if (isFolder(file)) {
    throw new FileError(
      `${path} is a folder. Name the module that exports the handler.${moduleNames(file, basename(file))}`,
    );
  }
  const folder = dirname(file);
  if (!isFolder(folder)) {
    throw new FileError(`There is no file ${path}: its folder is not there either (${folder}).`);
  }
  throw new FileError(`There is no file ${path}.${moduleNames(folder, basename(file))}`);
}

function moduleNames(folder: string, wanted: string): string {
  const modules = readdirSync(folder).filter((name) => EXTENSIONS.includes(extname(name)));
  return suggestion(wanted, modules) || nearMisses(wanted, modules);
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

/** By name. */
type Values = ReadonlyMap<string, unknown>;

/** What a module has to choose from. */
interface Exports {
  readonly values: Values;
  /** The names of those that are properties of the default export, and that are no exports of their own. */
  readonly inDefault: ReadonlySet<string>;
}

/** @throws ModuleLoadError */
async function loadExports(
  file: string,
  shown: string,
  { sleep, withinMs = WITHIN_MS }: LoadSettings,
): Promise<Exports> {
  const settled = new AbortController();
  const tooLong = sleep(withinMs, settled.signal).then(() => "too long" as const);
  try {
    const loaded = await withoutEndingProcess(() => Promise.race([importModule(file), tooLong]));
    if (loaded === "too long") {
      throw new ModuleLoadError(
        `${shown} is still loading after ${withinMs / 1000} seconds. A top-level await in it, or in what it imports, does not settle. Move what it waits for into a step of the handler.`,
      );
    }
    return exportsOf(loaded);
  } catch (error) {
    throw ModuleLoadError.is(error) ? error : loadError(error, shown);
  } finally {
    settled.abort();
  }
}

async function importModule(file: string): Promise<object> {
  // Resolution begins at the file, so the module gets the packages that its own folder has.
  const jiti = createJiti(file, {
    tsconfigPaths: true,
    moduleCache: true,
    extensions: [...RESOLVED],
    // As React has it since 17, and TypeScript's "react-jsx": nothing has to be in scope.
    jsx: { runtime: "automatic" },
  });
  return jiti.import<object>(file);
}

/** By name; of a CommonJS module, those of the object that it exports. What it exports as a whole is its default. */
function exportsOf(module: object): Exports {
  const properties = Object.entries(module) as readonly (readonly [string, unknown])[];
  // On Node 22.12 the module is then that function itself.
  const entries =
    typeof module === "function" ? [["default", module] as const, ...properties] : properties;
  const exports = new Map(
    entries.filter(([name]) => name !== "module.exports" && name !== "__esModule"),
  );
  const whole = exports.get("default");
  if (typeof whole !== "object" || whole === null) return { values: exports, inDefault: new Set() };
  const ofWhole = Object.entries(whole) as readonly (readonly [string, unknown])[];
  const inDefault = ofWhole.filter(([name]) => !exports.has(name));
  return {
    values: new Map([...inDefault, ...exports]),
    inDefault: new Set(inDefault.map(([name]) => name)),
  };
}

function loadError(thrown: unknown, shown: string): ModuleLoadError {
  const cause = asError(thrown);
  if (cause instanceof EndsProcess) {
    return new ModuleLoadError(
      `${shown} ends the process while it is loaded: it, or what it imports, calls ${cause.message}. Give it what it lacks, as a variable of the environment, or move that into the handler.${userFrames(cause.stack ?? "")}`,
      { cause },
    );
  }
  const { message, stack = "" } = cause;
  const syntax = /^ParseError: (.*?)\s+(\S[^\n]*):(\d+):(\d+)/s.exec(message);
  if (syntax !== null) {
    const [, what = "", file = "", line = "", column = ""] = syntax;
    return new ModuleLoadError(
      `${shown} cannot be loaded: ${what.trim()} at ${file}:${line}:${Number(column) + 1}.`,
      { cause },
    );
  }
  if ("code" in cause && /MODULE_NOT_FOUND|PACKAGE_PATH_NOT_EXPORTED/.test(String(cause.code))) {
    const [what = ""] = message.split("\n");
    const advice = /'[./]/.test(what)
      ? "Is the path right, from the file that imports it?"
      : "Is the package installed where the module is?";
    const by = /Require stack:\n- (.+)/.exec(message)?.[1];
    const where = by === undefined ? "" : `, imported by ${by}`;
    return new ModuleLoadError(`${shown} cannot be loaded: ${what}${where}. ${advice}`, { cause });
  }
  return new ModuleLoadError(
    `${shown} throws while it is loaded: ${cause.name}: ${message}${userFrames(stack)}`,
    { cause },
  );
}

/** Where user code was, as lines of a stack. */
function userFrames(stack: string): string {
  const frames = stack.split("\n").filter((line) => /^\s+at /.test(line));
  const loader = frames.findIndex((line) => /[\\/]jiti[\\/]/.test(line));
  const own = frames
    .slice(0, loader === -1 ? frames.length : loader)
    .filter((line) => !/\bnode:/.test(line));
  return own
    .slice(0, 3)
    .map((line) => `\n    ${line.trim()}`)
    .join("");
}

/** @throws HandlerChoiceError */
function chooseHandler(
  { values: exports }: Exports,
  wanted: string | undefined,
  shown: string,
): { readonly handler: AnyDurableLambdaHandler; readonly exportName: string } {
  if (wanted !== undefined) return named(exports, wanted, shown);
  const durable = [...exports].filter(([, value]) => isDurable(value));
  const functions = new Map([...exports].filter(([, value]) => typeof value === "function"));
  // What a middleware has wrapped cannot be told from another function, but these names say enough.
  const preferred = ["default", "handler"].flatMap((name) =>
    durable.filter(([one]) => one === name),
  );
  const usual = ["default", "handler"].flatMap((name) =>
    [...functions].filter(([one]) => one === name),
  );
  const distinct = new Set(durable.map(([, value]) => value));
  const [chosen] = [
    ...preferred,
    ...(distinct.size === 1 ? durable : []),
    ...(distinct.size === 0 ? usual : []),
  ];
  if (chosen !== undefined) return named(exports, chosen[0], shown);
  if (distinct.size > 1) {
    const names = durable.map(([name]) => name);
    throw new HandlerChoiceError(
      `${shown} exports ${names.length} durable handlers: ${names.join(", ")}. Choose one, as ${names.map((name) => `${shown}#${name}`).join(" or ")}, or with --export.`,
    );
  }
  throw new HandlerChoiceError(
    `${shown} exports no durable handler. ${whatThereIs(functions, exports)}`,
  );
}

function whatThereIs(functions: Values, exports: Values): string {
  if (functions.size > 0) {
    return `Of its functions (${[...functions.keys()].join(", ")}) none was made by withDurableExecution, as far as can be told. If one wraps a durable handler, choose it with --export.`;
  }
  const advice =
    "Export what withDurableExecution returns: export const handler = withDurableExecution(…).";
  return exports.size === 0
    ? `It exports nothing. ${advice}`
    : `It exports ${[...exports.keys()].join(", ")}. ${advice}`;
}

/** @throws HandlerChoiceError */
function named(
  exports: Values,
  name: string,
  shown: string,
): { readonly handler: AnyDurableLambdaHandler; readonly exportName: string } {
  const value = exports.get(name);
  if (typeof value === "function")
    return { handler: value as AnyDurableLambdaHandler, exportName: name };
  throw new HandlerChoiceError(
    exports.has(name)
      ? `The export ${name} of ${shown} is ${describeValue(value)}, which is no handler.`
      : `${shown} has no export ${name}.${nearMisses(name, [...exports.keys()])}`,
  );
}

/** AWS's SDK marks its handlers in no way; each of its versions begins them by checking the event. */
function isDurable(value: unknown): boolean {
  if (typeof value !== "function") return false;
  return (
    isDurableHandler(value) ||
    Function.prototype.toString.call(value).includes("validateDurableExecutionEvent(")
  );
}
