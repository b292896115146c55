import { literal, quoted } from "./literal.ts";
import {
  type Action,
  actionText,
  type CallbackAddress,
  durationOf,
  type Payload,
  type RecordedAction,
  type Recording,
} from "./recording.ts";

/** What a test is written for. */
export type Framework = "vitest" | "jest";

/** A test as a file. */
export interface TestFile {
  /** What it may be called, beside the handler's module. */
  readonly fileName: string;
  readonly code: string;
}

/** Where a handler is imported from. */
export interface HandlerImport {
  readonly functionName: string;
  /** The module, as the test names it: `./order.ts`. */
  readonly from: string;
  readonly exportName: string;
  /** It is a property of that name of the default export: `export default { handler }`. */
  readonly isInDefault: boolean;
}

/** What was seen at the end. */
export interface Outcome {
  readonly status: "SUCCEEDED" | "FAILED" | "TIMED_OUT" | "STOPPED" | "PENDING";
  readonly result: unknown;
  readonly error:
    | { readonly type: string | undefined; readonly message: string | undefined }
    | undefined;
  /** The names of the callbacks that are open. */
  readonly waitsFor: readonly (string | undefined)[];
}

/** A recording, what came of it, and where its handlers are. */
export interface TestSource {
  readonly recording: Recording;
  readonly outcome: Outcome;
  readonly handler: HandlerImport;
  /** Other functions that it may invoke. */
  readonly others: readonly HandlerImport[];
  /** What a reader must know of it. */
  readonly remark?: string | undefined;
}

const PLUGINS: Readonly<Record<Framework, string>> = {
  vitest: "@durabletest/vitest-plugin",
  jest: "@durabletest/jest-plugin",
};

/**
 * A test that does what was recorded, and expects what was seen.
 *
 * It needs no setup file and no registered matcher, so that it runs wherever the framework does.
 */
export function testCode(
  source: TestSource,
  { framework }: { readonly framework: Framework },
): string {
  const { recording, handler, others, remark } = source;
  const names = localNames([handler, ...others]);
  const imports = [handler, ...others].map((one) => importLine(one, names));
  const settings = settingsText(recording, others, names);
  return [
    `import { durableTest } from ${quoted(PLUGINS[framework])};`,
    ...imports,
    "",
    `const test = durableTest(${expressionOf(handler, names)}, ${settings});`,
    "",
    ...(remark === undefined ? [] : [`// ${remark}`]),
    `test(${quoted(titleOf(source))}, async ({ runner, expect }) => {`,
    ...bodyOf(source).map((line) => `  ${line}`),
    "});",
    "",
  ].join("\n");
}

function importLine(one: HandlerImport, names: ReadonlyMap<HandlerImport, string>): string {
  const local = names.get(one) ?? "handler";
  const from = quoted(one.from);
  if (one.exportName === "default" || one.isInDefault) return `import ${local} from ${from};`;
  const exported = isIdentifier(one.exportName) ? one.exportName : quoted(one.exportName);
  return exported === local
    ? `import { ${local} } from ${from};`
    : `import { ${exported} as ${local} } from ${from};`;
}

/** What a handler is in the code of the test. */
function expressionOf(one: HandlerImport, names: ReadonlyMap<HandlerImport, string>): string {
  const local = names.get(one) ?? "handler";
  if (!one.isInDefault) return local;
  const isName = /^[A-Za-z_$][\w$]*$/.test(one.exportName);
  return isName ? `${local}.${one.exportName}` : `${local}[${quoted(one.exportName)}]`;
}

/** Names that the test has for something else. */
const TAKEN = ["test", "runner", "expect", "durableTest", "fork"];

/** What each handler is called in the test: as its module does, unless that is taken. */
function localNames(handlers: readonly HandlerImport[]): ReadonlyMap<HandlerImport, string> {
  const taken = new Set(TAKEN);
  return new Map(
    handlers.map((one) => {
      const isPlain =
        isIdentifier(one.exportName) && one.exportName !== "default" && !one.isInDefault;
      const wanted = isPlain && !taken.has(one.exportName) ? one.exportName : camelCase(one);
      let name = wanted;
      for (let count = 2; taken.has(name); count += 1) name = `${wanted}${count}`;
      taken.add(name);
      return [one, name];
    }),
  );
}

function camelCase({ functionName, isInDefault }: HandlerImport): string {
  const words = functionName.split(/\W+|_+/).filter((word) => word !== "");
  const [first = "", ...rest] = words;
  const joined = [first, ...rest.map((word) => word.slice(0, 1).toUpperCase() + word.slice(1))];
  return `${joined.join("").replace(/^\d+/, "")}${isInDefault ? "Module" : "Handler"}`;
}

/** Reserved words are none: as names of exports they are renamed. */
function isIdentifier(name: string): boolean {
  return /^[A-Za-z_$][\w$]*$/.test(name) && !RESERVED.has(name);
}

const RESERVED: ReadonlySet<string> = new Set(
  "await break case catch class const continue debugger default delete do else enum export extends false finally for function if implements import in instanceof interface let new null package private protected public return static super switch this throw true try typeof var void while with yield".split(
    " ",
  ),
);

function settingsText(
  { functionName, seed, time }: Recording,
  others: readonly HandlerImport[],
  names: ReadonlyMap<HandlerImport, string>,
): string {
  const functions = others.map(
    (one) => `${literalKey(one.functionName)}: ${expressionOf(one, names)}`,
  );
  const settings = [
    `functionName: ${quoted(functionName)}`,
    ...(seed === 0 ? [] : [`seed: ${seed}`]),
    ...(time === "auto" ? [] : [`timeSkipping: "manual"`]),
    ...(functions.length === 0 ? [] : [`durableFunctions: { ${functions.join(", ")} }`]),
  ];
  const line = `{ ${settings.join(", ")} }`;
  return line.length <= 60 ? line : `{\n${settings.map((one) => `  ${one},\n`).join("")}}`;
}

function literalKey(name: string): string {
  return literal({ [name]: 0 }).slice(2, -5);
}

const VERBS: Readonly<Record<Outcome["status"], string>> = {
  SUCCEEDED: "succeeds",
  FAILED: "fails",
  TIMED_OUT: "times out",
  STOPPED: "is stopped",
  PENDING: "waits",
};

const TITLE_LENGTH = 110;

function titleOf({ recording, outcome }: TestSource): string {
  const done = recording.actions.slice(1).map(({ action }) => actionText(action));
  const end = `${recording.functionName} ${VERBS[outcome.status]}`;
  const title = done.length === 0 ? end : `${end}: ${done.join(", ")}`;
  return title.length <= TITLE_LENGTH ? title : `${title.slice(0, TITLE_LENGTH - 1)}…`;
}

function bodyOf({ recording, outcome }: TestSource): readonly string[] {
  let forks = 0;
  let runner = "runner";
  const lines = recording.actions.flatMap((recorded): readonly string[] => {
    if (recorded.action.kind !== "fork") return [callLine(runner, recorded)];
    const original = runner;
    forks += 1;
    runner = forks === 1 ? "fork" : `fork${forks}`;
    return [`const ${runner} = ${callOf(original, recorded.action)};`];
  });
  return [...lines, ...expectations(`${runner}.result`, outcome)];
}

function callLine(runner: string, { action, refusal }: RecordedAction): string {
  const call = callOf(runner, action);
  return refusal === undefined
    ? `await ${call};`
    : `await expect(${call}).rejects.toMatchObject({ code: ${quoted(refusal.code)} });`;
}

function callOf(runner: string, action: Action): string {
  switch (action.kind) {
    case "start":
      return `${runner}.run(${action.input === undefined ? "" : literal(action.input, "  ")})`;
    case "succeed":
      return answerCall(runner, action.callback, {
        byName: "succeed",
        byId: "sendCallbackSuccess",
        given: payloadText(action.payload),
      });
    case "fail":
      return answerCall(runner, action.callback, {
        byName: "fail",
        byId: "sendCallbackFailure",
        given: literal(action.error, "  "),
      });
    case "heartbeat":
      return answerCall(runner, action.callback, {
        byName: "heartbeat",
        byId: "sendCallbackHeartbeat",
        given: undefined,
      });
    case "advance":
      return `${runner}.advance(${literal(durationOf(action.ms))})`;
    case "advance-to":
      return `${runner}.advanceTo(new Date(${quoted(action.at)}))`;
    case "complete":
      return `${runner}.runToCompletion()`;
    case "kill":
      return `${runner}.crash()`;
    case "stop":
      return `${runner}.stop(${action.error === undefined ? "" : literal(action.error, "  ")})`;
    case "fork":
      return `${runner}.fork()`;
  }
}

function payloadText(payload: Payload): string | undefined {
  if ("raw" in payload) return literal({ raw: payload.raw }, "  ");
  return payload.json === undefined ? undefined : literal(payload.json, "  ");
}

function answerCall(
  runner: string,
  callback: CallbackAddress,
  how: { readonly byName: string; readonly byId: string; readonly given: string | undefined },
): string {
  if ("id" in callback) {
    const given = [quoted(callback.id), ...(how.given === undefined ? [] : [how.given])];
    return `${runner}.${how.byId}(${given.join(", ")})`;
  }
  const index = callback.index === undefined ? "" : `, ${callback.index}`;
  return `${runner}.callback(${quoted(callback.name)}${index}).${how.byName}(${how.given ?? ""})`;
}

function expectations(
  subject: string,
  { status, result, error, waitsFor }: Outcome,
): readonly string[] {
  const ofStatus = `expect(${subject}.status).toBe(${quoted(status)});`;
  switch (status) {
    case "SUCCEEDED":
      return [ofStatus, `expect(${subject}.result).toEqual(${literal(result, "  ")});`];
    case "PENDING": {
      const names = literal(waitsFor, "  ");
      return [
        ofStatus,
        `expect(${subject}.pendingCallbacks.map(({ name }) => name)).toEqual(${names});`,
      ];
    }
    case "FAILED":
    case "TIMED_OUT":
    case "STOPPED": {
      const expected = {
        ...(error?.type !== undefined && { ErrorType: error.type }),
        ...(error?.message !== undefined && { ErrorMessage: error.message }),
      };
      return [ofStatus, `expect(${subject}.error).toMatchObject(${literal(expected, "  ")});`];
    }
  }
}
