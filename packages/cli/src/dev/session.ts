import { readSentJson } from "../input/json.ts";
import { FunctionUnknownError, NoSuchExecutionError, NothingDueError } from "./errors.ts";
import { dueOf } from "./due.ts";
import { addressOf, play, runnerFor } from "./play.ts";
import type { Modules } from "./modules.ts";
import { type ExecutionRecord, OpenExecution } from "./open-execution.ts";
import type { Action, Payload } from "./recording.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Framework, TestFile } from "./test-code.ts";
import { testOf } from "./test-of.ts";
import type { Picture } from "./view.ts";
import type { ExecutionView, SessionView } from "./views.ts";

/** What the page asks for; callbacks are told by their ids there. */
export type Request =
  | {
      readonly kind: "start";
      readonly functionName: string;
      /** JSON text; empty for none. */
      readonly input: string;
      readonly time: "auto" | "manual";
    }
  | {
      readonly kind: "succeed";
      readonly execution: string;
      readonly callbackId: string;
      readonly payload: Payload;
    }
  | {
      readonly kind: "fail";
      readonly execution: string;
      readonly callbackId: string;
      readonly errorType: string;
      readonly errorMessage: string;
    }
  | { readonly kind: "heartbeat"; readonly execution: string; readonly callbackId: string }
  | { readonly kind: "advance"; readonly execution: string; readonly ms: number }
  | { readonly kind: "next"; readonly execution: string }
  | { readonly kind: "complete"; readonly execution: string }
  | { readonly kind: "kill"; readonly execution: string }
  | { readonly kind: "stop"; readonly execution: string }
  | { readonly kind: "fork"; readonly execution: string }
  | { readonly kind: "close"; readonly execution: string }
  | { readonly kind: "test"; readonly execution: string; readonly framework: Framework }
  | { readonly kind: "reload" };

/** What comes of a request: the id of what it has opened, or a test. */
export type Reply = { readonly id: string } | { readonly test: TestFile } | object;

/** Who is told of what happens in a session. */
export interface SessionListener {
  sessionChanged(view: SessionView): void;
  /** @param view - makes its view, which costs something where there are many operations. */
  executionChanged(id: string, view: () => ExecutionView): void;
  /** Code of a handler is about to run. */
  begins(): void;
  /** Somebody did something to it: this is what it can be made again of. */
  recorded(record: ExecutionRecord): void;
  closed(id: string): void;
}

interface SessionSettings {
  readonly modules: Modules;
  readonly picture: Picture;
  readonly listener: SessionListener;
  readonly endpoint?: Endpoint | undefined;
}

/**
 * What is open: functions, and executions of them.
 *
 * Owns: which executions there are, what becomes of them when code is loaded anew.
 * Does not own: handlers (`modules.ts`), one execution (`open-execution.ts`), the thread it runs in (`thread.ts`), who
 * may ask for something (`server.ts`).
 *
 * 1. Whatever a request comes to, the session goes on.
 */
export class Session {
  readonly #modules: Modules;
  readonly #picture: Picture;
  readonly #listener: SessionListener;
  readonly #endpoint: Endpoint | undefined;
  readonly #executions = new Map<string, OpenExecution>();
  /** Those that could not be made again with the code there was. */
  readonly #unrestored: ExecutionRecord[] = [];
  /** How many have been; their ids and seeds count on. */
  #opened = 0;

  constructor({ modules, picture, listener, endpoint }: SessionSettings) {
    this.#modules = modules;
    this.#picture = picture;
    this.#listener = listener;
    this.#endpoint = endpoint;
  }

  get view(): SessionView {
    const { all, handlers, version } = this.#modules;
    return {
      endpoint: this.#endpoint?.url,
      version,
      functions: all.map(({ functionName, module, exportName, problem }) => ({
        name: functionName,
        module,
        exportName,
        isLoaded: handlers.has(functionName),
        problem,
      })),
    };
  }

  /** Loads the code anew; executions that are open go on with it, as far as it fits. */
  async reload(): Promise<void> {
    const isNew = await this.#modules.load();
    this.#listener.sessionChanged(this.view);
    if (!isNew) return;
    for (const execution of this.#executions.values()) await this.#upgrade(execution);
    await this.restore(this.#unrestored.splice(0));
  }

  /**
   * Opens executions again, by doing once more what was done to them.
   *
   * @param notes - what to say of some of them.
   */
  async restore(
    records: readonly ExecutionRecord[],
    notes: readonly { readonly id: string; readonly text: string }[] = [],
  ): Promise<void> {
    const { handlers } = this.#modules;
    for (const record of records) {
      this.#opened = Math.max(this.#opened, Number(record.id.slice(1)));
      const played = await play(record.recording, handlers);
      if (played === undefined || played.count === 0) {
        this.#unrestored.push(record);
        continue;
      }
      const { count, problem, runner } = played;
      const { actions } = record.recording;
      const note =
        problem === undefined
          ? notes.find(({ id }) => id === record.id)?.text
          : `It was made again as far as it went: ${count} of ${actions.length} actions. Then: ${problem}`;
      this.#open({
        ...record,
        recording: { ...record.recording, actions: actions.slice(0, count) },
        runner,
        note,
      });
    }
  }

  /**
   * Does what the page asks for.
   *
   * @throws What cannot be done, and why.
   */
  async request(request: Request): Promise<Reply> {
    switch (request.kind) {
      case "start":
        return this.#start(request);
      case "reload":
        await this.reload();
        return {};
      case "fork":
        return this.#fork(this.#find(request.execution));
      case "close":
        return this.#close(this.#find(request.execution));
      case "test": {
        const execution = this.#find(request.execution);
        return { test: await testOf(execution, this.#modules, request.framework) };
      }
      case "succeed":
      case "fail":
      case "heartbeat":
      case "advance":
      case "next":
      case "complete":
      case "kill":
      case "stop": {
        const execution = this.#find(request.execution);
        await this.#act(execution, actionOf(request, execution));
        return {};
      }
    }
  }

  /** Notices what goes on by itself. */
  look(): void {
    for (const execution of this.#executions.values()) {
      if (execution.look()) this.#listener.recorded(execution.record);
    }
  }

  async close(): Promise<void> {
    for (const execution of this.#executions.values()) await execution.close();
    this.#executions.clear();
  }

  async #start({ functionName, input, time }: Request & { kind: "start" }): Promise<Reply> {
    const value = input.trim() === "" ? undefined : readSentJson(input, "The input");
    const of = { functionName, time, seed: this.#opened };
    const runner = runnerFor(of, this.#modules.handlers);
    if (runner === undefined) {
      const module = this.#modules.all.find((one) => one.functionName === functionName);
      throw new FunctionUnknownError(
        module?.problem ?? `There is no function ${JSON.stringify(functionName)}.`,
      );
    }
    const id = this.#nextId();
    const execution = this.#open({
      id,
      forkOf: undefined,
      recording: { ...of, actions: [] },
      runner,
    });
    const action = { kind: "start", ...(value !== undefined && { input: value }) } as const;
    try {
      await this.#act(execution, action);
    } catch (error) {
      // Nothing has been started.
      await this.#close(execution);
      throw error;
    }
    return { id };
  }

  async #act(execution: OpenExecution, action: Action): Promise<void> {
    await execution.act(action, () => this.#listener.begins());
    this.#listener.recorded(execution.record);
    await this.#upgrade(execution);
  }

  async #upgrade(execution: OpenExecution): Promise<void> {
    const { runner } = execution;
    await execution.upgrade(this.#modules.handlers, this.#modules.version);
    if (execution.runner !== runner) this.#endpoint?.serve(execution.runner);
  }

  #fork(execution: OpenExecution): Reply {
    const fork = execution.fork(this.#nextId());
    this.#executions.set(fork.id, fork);
    this.#listener.recorded(fork.record);
    this.#changed(fork.id);
    return { id: fork.id };
  }

  #open(
    of: Omit<ConstructorParameters<typeof OpenExecution>[0], "version" | "changed">,
  ): OpenExecution {
    const { version } = this.#modules;
    const execution = new OpenExecution({
      ...of,
      version,
      changed: (id: string) => this.#changed(id),
    });
    this.#executions.set(of.id, execution);
    this.#endpoint?.serve(execution.runner);
    if (of.recording.actions.length > 0) {
      this.#listener.recorded(execution.record);
      this.#changed(of.id);
    }
    return execution;
  }

  async #close(execution: OpenExecution): Promise<Reply> {
    this.#executions.delete(execution.id);
    await execution.close();
    this.#listener.closed(execution.id);
    return {};
  }

  #changed(id: string): void {
    const execution = this.#executions.get(id);
    if (execution === undefined) return;
    this.#listener.executionChanged(id, () => execution.view(this.#picture));
  }

  #nextId(): string {
    this.#opened += 1;
    return `e${this.#opened}`;
  }

  /** @throws NoSuchExecutionError */
  #find(id: string): OpenExecution {
    const execution = this.#executions.get(id);
    if (execution !== undefined) return execution;
    throw new NoSuchExecutionError(
      this.#unrestored.some((record) => record.id === id)
        ? "The execution will be made again when there is code that can be loaded."
        : `There is no execution ${JSON.stringify(id)} any more.`,
    );
  }
}

/** @throws NothingDueError */
function actionOf(
  request: Exclude<Request, { kind: "start" | "reload" | "fork" | "close" | "test" }>,
  { runner }: OpenExecution,
): Action {
  switch (request.kind) {
    case "succeed":
      return {
        kind: "succeed",
        callback: addressOf(runner, request.callbackId),
        payload: request.payload,
      };
    case "fail":
      return {
        kind: "fail",
        callback: addressOf(runner, request.callbackId),
        error: { ErrorType: request.errorType, ErrorMessage: request.errorMessage },
      };
    case "heartbeat":
      return { kind: "heartbeat", callback: addressOf(runner, request.callbackId) };
    case "advance":
      return { kind: "advance", ms: request.ms };
    case "next": {
      const [first] = dueOf(runner);
      if (first !== undefined) return turnTo(first.at, runner.now);
      throw new NothingDueError(
        "Nothing is due: what the execution waits for can only come from somebody else.",
      );
    }
    case "complete":
    case "kill":
    case "stop":
      return { kind: request.kind };
  }
}

/** By a length of time, where it is in whole seconds and so reads well. */
function turnTo(at: Date, now: Date): Action {
  const ms = Math.max(0, at.getTime() - now.getTime());
  return ms % 1000 === 0 ? { kind: "advance", ms } : { kind: "advance-to", at: at.toISOString() };
}
