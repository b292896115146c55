import { DurableError } from "@durabletest/runtime";
import type { AnyDurableLambdaHandler, DurableTestRunner } from "@durabletest/testing";
import { TIMELINE_HEADING } from "@durabletest/testing/plugin";
import { inTermsOfModules } from "../output/in-terms-of-options.ts";
import { HistoryDivergedIn, replayAll } from "./replay-all.ts";
import { ExecutionBusyError } from "./errors.ts";
import { clientMoves } from "./client-moves.ts";
import { type Handlers, perform } from "./play.ts";
import { type Action, actionText, type RecordedAction, type Recording } from "./recording.ts";
import { executionView, type Picture } from "./view.ts";
import type { DivergenceView, ExecutionView } from "./views.ts";

/** What is kept of an execution, so that it can be made again. */
export interface ExecutionRecord {
  readonly id: string;
  /** The execution that it is a fork of. */
  readonly forkOf: string | undefined;
  readonly recording: Recording;
}

/** Where an execution stands before anything is done to it. */
interface Opened extends ExecutionRecord {
  readonly runner: DurableTestRunner;
  /** The version of the code that it runs on. */
  readonly version: number;
  readonly note?: string | undefined;
  /** Something about it has changed. */
  readonly changed: (id: string) => void;
}

/**
 * An execution that is open on the page.
 *
 * Owns: its runner, what was done to it, which version of the code it runs on.
 * Does not own: which executions there are, when code is loaded (`session.ts`).
 *
 * 1. What has changed its state is in the recording: played on another runner, it comes to the same.
 * 2. One action at a time. What clients of the endpoint do meanwhile is recorded after it.
 */
export class OpenExecution {
  readonly id: string;
  readonly forkOf: string | undefined;
  readonly #of: Omit<Recording, "actions">;
  readonly #actions: RecordedAction[];
  readonly #changed: (id: string) => void;
  #runner: DurableTestRunner;
  #version: number;
  #busy: Action | undefined;
  #note: string | undefined;
  #diverged: DivergenceView | undefined;
  /** Whether it began on another version of the code. */
  #hasBeenUpgraded = false;
  #worldSeen: number;
  /** Where it stood when it was last looked at, and when that was last told. */
  #signature = "";
  #told = "";

  constructor({ id, forkOf, recording, runner, version, note, changed }: Opened) {
    const { actions, ...of } = recording;
    this.id = id;
    this.forkOf = forkOf;
    this.#of = of;
    this.#actions = [...actions];
    this.#runner = runner;
    this.#version = version;
    this.#note = note;
    this.#changed = changed;
    this.#worldSeen = runner.result.world.length;
  }

  get runner(): DurableTestRunner {
    return this.#runner;
  }

  get recording(): Recording {
    return { ...this.#of, actions: [...this.#actions] };
  }

  get record(): ExecutionRecord {
    return { id: this.id, forkOf: this.forkOf, recording: this.recording };
  }

  get isBusy(): boolean {
    return this.#busy !== undefined;
  }

  /** Whether what was seen is what today's code does, from the start on. */
  get isOfOneVersion(): boolean {
    return !this.#hasBeenUpgraded && this.#diverged === undefined;
  }

  /**
   * Does something to it, and waits until it has come to rest.
   *
   * @param begins - is called before code of the handler may run.
   * @throws ExecutionBusyError; what the runner refuses, where nothing has changed by it.
   */
  async act(action: Action, begins: () => void): Promise<void> {
    if (this.#busy !== undefined) {
      throw new ExecutionBusyError(
        `The execution is still going on (${actionText(this.#busy)}). Wait until it has come to rest, or kill what runs.`,
      );
    }
    this.#recordClients(0, false);
    const before = this.#state();
    this.#busy = action;
    this.#note = undefined;
    this.#changed(this.id);
    begins();
    try {
      this.#runner = await perform(this.#runner, action);
      this.#actions.push({ action, by: "page" });
    } catch (error) {
      const refusal = refusalOf(error);
      if (this.#state() === before) throw error;
      this.#actions.push({ action, by: "page", refusal });
      this.#note = refusal.message;
    } finally {
      this.#busy = undefined;
      this.#recordClients(isAnswer(action) ? 1 : 0, action.kind === "stop");
      this.#changed(this.id);
    }
  }

  /**
   * Notices what has gone on without an action: clients of the endpoint, real work. What goes on fast is told when it
   * has come to rest.
   *
   * @returns whether something has been recorded.
   */
  look(): boolean {
    const before = this.#actions.length;
    if (!this.isBusy) this.#recordClients(0, false);
    this.#tellIfNew();
    return this.#actions.length > before;
  }

  #tellIfNew(): void {
    const signature = `${this.#state()} ${this.#runner.result.logs.length}`;
    const isNew = signature !== this.#signature;
    this.#signature = signature;
    if (signature === this.#told || (isNew && this.isBusy)) return;
    this.#told = signature;
    this.#changed(this.id);
  }

  /** A fork of it, in the state in which it is. */
  fork(id: string): OpenExecution {
    const runner = this.#runner.fork();
    const { recording } = this;
    const actions = [...recording.actions, { action: { kind: "fork" }, by: "page" } as const];
    const fork = new OpenExecution({
      id,
      forkOf: this.id,
      recording: { ...recording, actions },
      runner,
      version: this.#version,
      changed: this.#changed,
    });
    fork.#hasBeenUpgraded = this.#hasBeenUpgraded;
    return fork;
  }

  /**
   * Goes on with the newest version of the code from its durable state, if that fits: otherwise it stays with the
   * code that it has, and says where they part.
   */
  async upgrade(handlers: Handlers, version: number): Promise<void> {
    if (version === this.#version || this.isBusy) return;
    const { result } = this.#runner;
    const handler = handlers.get(this.#of.functionName);
    if (result.status !== "PENDING" || handler === undefined) return;
    if (result.invocations.some(({ status }) => status === "RUNNING")) {
      this.#note = "An invocation is going on. The next one will have the new code.";
      this.#changed(this.id);
      return;
    }
    try {
      await replayAll(this.#runner, handler, handlers);
      await this.#goOnWith(handler, handlers);
      this.#version = version;
      this.#hasBeenUpgraded = true;
      this.#diverged = undefined;
      this.#note = undefined;
    } catch (error) {
      this.#diverged = HistoryDivergedIn.is(error)
        ? error.view
        : { message: refusalOf(error).message, ...NOWHERE };
    }
    this.#changed(this.id);
  }

  async #goOnWith(handler: AnyDurableLambdaHandler, handlers: Handlers): Promise<void> {
    const before = this.#runner;
    const after = before.fork({ handler, durableFunctions: Object.fromEntries(handlers) });
    await before[Symbol.asyncDispose]();
    this.#runner = after;
    try {
      // Replays at once; no time passes.
      await after.advance({ seconds: 0 });
    } catch (error) {
      this.#note = refusalOf(error).message;
    }
  }

  view(picture: Picture): ExecutionView {
    const [start] = this.#actions;
    const action = start?.action ?? this.#busy;
    return executionView(
      this.#runner,
      {
        id: this.id,
        functionName: this.#of.functionName,
        forkOf: this.forkOf,
        time: this.#of.time,
        input: action?.kind === "start" ? action.input : undefined,
        busy: this.#busy && actionText(this.#busy),
        actions: this.#actions,
        diverged: this.#diverged,
        note: this.#note,
        version: this.#version,
      },
      // What goes on is drawn when it has come to rest.
      this.#busy === undefined ? picture : undefined,
    );
  }

  async close(): Promise<void> {
    await this.#runner[Symbol.asyncDispose]();
  }

  /** @param own - how many of the answers were its own action's. */
  #recordClients(own: number, isStopOwn: boolean): void {
    const { world, status } = this.#runner.result;
    const answers = world
      .slice(this.#worldSeen)
      .filter(({ by, ignored }) => by === "test" && !ignored);
    this.#worldSeen = world.length;
    this.#actions.push(...clientMoves(this.#runner, answers.slice(own)));
    const isStopKnown = isStopOwn || this.#actions.some(({ action }) => action.kind === "stop");
    if (status === "STOPPED" && !isStopKnown) {
      const { error } = this.#runner.result;
      this.#actions.push({ action: { kind: "stop", error }, by: "client" });
    }
  }

  /** Where it stands, as a text that is another one when it stands elsewhere. */
  #state(): string {
    const { result, now } = this.#runner;
    const { status, history, invocations, world } = result;
    const running = invocations.filter((invocation) => invocation.status === "RUNNING");
    return [
      status,
      history.length,
      invocations.length,
      running.length,
      world.length,
      now.getTime(),
    ].join(" ");
  }
}

const NOWHERE = {
  event: undefined,
  recorded: undefined,
  requested: undefined,
  callSite: undefined,
} as const;

function isAnswer({ kind }: Action): boolean {
  return kind === "succeed" || kind === "fail" || kind === "heartbeat";
}

/** What a call was refused with, without the story: the page shows that. */
export function refusalOf(error: unknown): { readonly code: string; readonly message: string } {
  if (!(error instanceof Error)) return { code: "ERROR", message: String(error) };
  const [message = ""] = error.message.split(`\n${TIMELINE_HEADING}\n`);
  const code = error instanceof DurableError ? error.code : error.name;
  return { code, message: inTermsOfModules(message.trim()) };
}
