/**
 * Where in the code of a handler something was begun.
 *
 * Owns: telling the handler's code from ours, Node's and that of an SDK below it. The text is made only when
 * somebody asks for it.
 */
import type { ScopeHost } from "./host.ts";

const SDK = /[/\\](?:@aws[/\\]durable-execution-sdk-js|@aws-sdk|@smithy)[/\\]/;

const OF_STEPS = /step|condition|submitter/i;

/** Whether it was an SDK that handed on callbacks of that text. */
const ofSdk = new Map<string, boolean>();
/** No two functions of different people are alike that are longer. */
const TELLING_LENGTH = 80;
const MOST_TEXTS = 200;
const textOf = Function.prototype.toString;

/** As many frames as may be ours and Node's, and then some. */
const DEPTH = 15;

export class Origin {
  readonly #stack: Stack;
  readonly #isInStep: boolean | undefined;

  private constructor(stack: Stack, isInStep: boolean | undefined) {
    this.#stack = stack;
    this.#isInStep = isInStep;
  }

  /** Of the running code, unless it is known to be part of a step. Cheap: what the stack says is read later. */
  static ofRunningCode(host: Pick<ScopeHost, "isInStep">): Origin | undefined {
    const isInStep = host.isInStep();
    return isInStep === true ? undefined : new Origin(new Stack(), isInStep);
  }

  /** Of the running code that hands on a callback. An SDK's code is known by it the next time, without a stack. */
  static ofCallback(
    host: Pick<ScopeHost, "isInStep">,
    callback: (...args: never[]) => unknown,
  ): Origin | undefined {
    const text = textOf.call(callback);
    if (ofSdk.get(text) === true) return undefined;
    const origin = Origin.ofRunningCode(host);
    const isTelling = text.length >= TELLING_LENGTH && ofSdk.size < MOST_TEXTS;
    if (origin !== undefined && isTelling && !ofSdk.has(text)) ofSdk.set(text, origin.#isOfSdk());
    return origin;
  }

  /** Whether the handler's own code is what ran: no SDK, and nobody who cannot be told. */
  isOfHandler(): boolean {
    return this.#caller !== undefined && !this.#isOfSdk();
  }

  #isOfSdk(): boolean {
    return SDK.test(fileOf(this.#caller));
  }

  isOutsideSteps(): boolean {
    return this.#isInStep === false || (this.isOfHandler() && this.#isCalledOutsideSteps());
  }

  /** As far as an SDK that does not tell has names for it in its part of the stack. */
  #isCalledOutsideSteps(): boolean {
    const caller = this.#stack.sites.find((site) => SDK.test(fileOf(site)));
    return caller !== undefined && !OF_STEPS.test(caller.getFunctionName() ?? "");
  }

  /** Who began it: the first that is neither this package nor Node. */
  get #caller(): NodeJS.CallSite | undefined {
    return this.#stack.sites.find((site) => !isOurs(site) && !isNode(site));
  }

  /** As in a stack, relative to the working directory: `at handler (src/order.ts:12:5)`. */
  toString(): string {
    const site = this.#caller;
    if (site === undefined) return "";
    const text = this.#stack.textOf(site);
    const line = typeof text === "string" ? text.split("\n").at(-1)?.trim() : undefined;
    return (line?.startsWith("at ") === true ? line : frameOf(site))
      .replace("file://", "")
      .replace(`${process.cwd()}/`, "");
  }
}

function fileOf(site: NodeJS.CallSite | undefined): string {
  return site?.getFileName() ?? "";
}

function frameOf(site: NodeJS.CallSite): string {
  const name = site.getFunctionName();
  const place = `${site.getFileName()}:${site.getLineNumber()}:${site.getColumnNumber()}`;
  return name === null ? `at ${place}` : `at ${name} (${place})`;
}

/** A stack that is taken now and read when somebody asks: reading is what costs. */
class Stack {
  readonly #error: Error;
  /** Who would have made a text of it: a framework that knows source maps, say. */
  readonly #prepare: typeof Error.prepareStackTrace;
  #sites: readonly NodeJS.CallSite[] | undefined;

  constructor() {
    const { prepareStackTrace, stackTraceLimit } = Error;
    this.#prepare = prepareStackTrace;
    // Not by assignment: somebody may have frozen it, and then nothing can be told.
    Reflect.set(Error, "stackTraceLimit", DEPTH);
    this.#error = new Error("origin");
    Reflect.set(Error, "stackTraceLimit", stackTraceLimit);
  }

  get sites(): readonly NodeJS.CallSite[] {
    this.#sites ??= this.#read();
    return this.#sites;
  }

  textOf(site: NodeJS.CallSite): unknown {
    return this.#prepare?.call(Error, this.#error, [site]);
  }

  #read(): readonly NodeJS.CallSite[] {
    const { prepareStackTrace } = Error;
    let sites: readonly NodeJS.CallSite[] = [];
    Reflect.set(Error, "prepareStackTrace", (_error: Error, taken: readonly NodeJS.CallSite[]) => {
      sites = taken;
      return "";
    });
    try {
      void this.#error.stack;
      return sites;
    } finally {
      Reflect.set(Error, "prepareStackTrace", prepareStackTrace);
    }
  }
}

const OURS = ((): string | undefined => {
  const file = fileOf(new Stack().sites[0]);
  return /^.*[/\\](?:src|dist)[/\\]/.exec(file)?.[0];
})();

/** Where the package was bundled into somebody else's code, it cannot be told from it. */
function isOurs(site: NodeJS.CallSite): boolean {
  return OURS === undefined || fileOf(site).startsWith(OURS);
}

function isNode(site: NodeJS.CallSite): boolean {
  const file = fileOf(site);
  return file === "" || file.startsWith("node:");
}
