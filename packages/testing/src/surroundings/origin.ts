/**
 * Where in the code of a handler something was begun.
 *
 * Owns: telling the handler's code from ours, Node's and that of an SDK below it. The text is made only when
 * somebody asks for it.
 */
import type { ScopeHost } from "./host.ts";

const SDK = /[/\\](?:@aws[/\\]durable-execution-sdk-js|@aws-sdk|@smithy)[/\\]/;

const OF_STEPS = /step|condition|submitter/i;

/** As many frames as may be ours and Node's, and then some. */
const DEPTH = 15;

export class Origin {
  readonly #error: Error;
  readonly #sites: readonly NodeJS.CallSite[];
  readonly #index: number;
  readonly #prepare: typeof Error.prepareStackTrace;

  private constructor(stack: Stack, index: number) {
    this.#error = stack.error;
    this.#sites = stack.sites;
    this.#prepare = stack.prepare;
    this.#index = index;
  }

  /** Of the running code, unless it is part of a step. */
  static outsideSteps(host: Pick<ScopeHost, "isInStep">): Origin | undefined {
    const isInStep = host.isInStep();
    if (isInStep === true) return undefined;
    const origin = Origin.ofCaller();
    return isInStep === false || origin?.isCalledOutsideSteps() === true ? origin : undefined;
  }

  /** Of the running code; undefined when an SDK called, or nobody that can be told. */
  static ofCaller(): Origin | undefined {
    const stack = takeStack();
    const index = stack.sites.findIndex((site) => !isOurs(site) && !isNode(site));
    const file = stack.sites[index]?.getFileName();
    return file === undefined || file === null || SDK.test(file)
      ? undefined
      : new Origin(stack, index);
  }

  /** As far as an SDK that does not tell has names for it in its part of the stack. */
  isCalledOutsideSteps(): boolean {
    const caller = this.#sites.find((site) => SDK.test(site.getFileName() ?? ""));
    return caller !== undefined && !OF_STEPS.test(caller.getFunctionName() ?? "");
  }

  /** As in a stack, relative to the working directory: `at handler (src/order.ts:12:5)`. */
  toString(): string {
    const site = this.#sites[this.#index];
    if (site === undefined) return "";
    const text: unknown = this.#prepare?.call(Error, this.#error, [site]);
    const line = typeof text === "string" ? text.split("\n").at(-1)?.trim() : undefined;
    return (line?.startsWith("at ") === true ? line : frameOf(site))
      .replace("file://", "")
      .replace(`${process.cwd()}/`, "");
  }
}

function frameOf(site: NodeJS.CallSite): string {
  const name = site.getFunctionName();
  const place = `${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()}`;
  return name === null ? `at ${place}` : `at ${name} (${place})`;
}

interface Stack {
  readonly error: Error;
  readonly sites: readonly NodeJS.CallSite[];
  /** Who would have made a text of it: a framework that knows source maps, say. */
  readonly prepare: typeof Error.prepareStackTrace;
}

function takeStack(): Stack {
  const { prepareStackTrace: prepare, stackTraceLimit } = Error;
  let sites: readonly NodeJS.CallSite[] = [];
  // Not by assignment: somebody may have frozen it, and then nothing can be told.
  Reflect.set(Error, "stackTraceLimit", DEPTH);
  Reflect.set(Error, "prepareStackTrace", (_error: Error, taken: readonly NodeJS.CallSite[]) => {
    sites = taken;
    return "";
  });
  try {
    const error = new Error("origin");
    void error.stack;
    return { error, sites, prepare };
  } finally {
    Reflect.set(Error, "prepareStackTrace", prepare);
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }
}

const OURS = ((): string | undefined => {
  const file = takeStack().sites[0]?.getFileName() ?? "";
  return /^.*[/\\](?:src|dist)[/\\]/.exec(file)?.[0];
})();

/** Where the package was bundled into somebody else's code, it cannot be told from it. */
function isOurs(site: NodeJS.CallSite): boolean {
  return OURS === undefined || site.getFileName()?.startsWith(OURS) === true;
}

function isNode(site: NodeJS.CallSite): boolean {
  const file = site.getFileName();
  return file === null || file === undefined || file.startsWith("node:");
}
