import type { ErrorObject } from "@durabletest/runtime";
import type { SeenEffect } from "../effect.ts";
import type { AnyDurableLambdaHandler } from "../handlers.ts";
import type { RunnerSettings } from "../options.ts";
import type { ResultSource } from "../result.ts";
import type { CheckedScripts } from "../scripted.ts";
import { executionArn } from "../service/function-name.ts";
import { applyTimer, startExecution, stopExecution } from "../service/service.ts";
import type { Effect } from "../service/state.ts";
import { callSites } from "./call-sites.ts";
import { type Choices, UsualChoices } from "./choices.ts";
import { Clock } from "./clock.ts";
import type { DueThing } from "./due.ts";
import { type ExecutedFunction, Execution, type Invoker, timerKey } from "./execution.ts";
import { DecidedChoices, type Decider } from "./decided-choices.ts";
import { Executions } from "./executions.ts";
import { getFunction } from "./functions.ts";
import { invoke, type InvocationPorts } from "./invocation.ts";
import { Invokes } from "./invokes.ts";
import { type IsReached, Loop, type LoopPorts, type MayHappen } from "./loop.ts";
import { Running } from "./running.ts";
import { ScheduleDecider } from "./schedule-decider.ts";
import { Scripts } from "./scripts.ts";
import { StepScripts } from "./step-scripts.ts";
import { SharedTime } from "./shared-time.ts";
import type { Due } from "./timer-queue.ts";
import { type CallbackMove, type CallbackRef, World, type WorldPorts } from "./world.ts";

/** What somebody around the engine is told, and may take upon himself. */
export interface EngineHooks {
  /** Operations may have changed. */
  readonly changed: () => void;
  /** Whether a due thing is taken out of the order, until {@link Engine.release}. Asked when it comes first. */
  readonly holds: (due: Due<DueThing>) => boolean;
}

/** What an execution goes on with in the place of its handlers. */
export interface OtherHandlers {
  readonly handler: AnyDurableLambdaHandler;
  /** With other functions that it invokes. */
  readonly settings: RunnerSettings;
}

const NO_HOOKS: EngineHooks = { changed: () => {}, holds: () => false };

/**
 * What a runner runs on: the parts, and what they do for each other.
 *
 * Owns: what follows from the service's effects and from what is due.
 * Does not own: the clock (`clock.ts`), when something happens (`loop.ts`), what the outside world does
 * (`world.ts`), what is legal (`service/`), who may call what (`runner.ts`).
 */
export class Engine implements InvocationPorts, WorldPorts, LoopPorts {
  readonly settings: RunnerSettings;
  readonly clock: Clock;
  readonly running: Running = new Running();
  readonly executions: Executions = new Executions();
  readonly effects: SeenEffect[] = [];
  readonly scripts: Scripts;
  readonly stepScripts: StepScripts;
  #choices: Choices;
  readonly world: World;
  readonly loop: Loop;
  readonly #invokes: Invokes;
  readonly #handler: AnyDurableLambdaHandler;
  readonly #hooks: EngineHooks;
  /** Whether somebody tries everything with it: what comes of that, no test has said. Also of its forks. */
  isExplored = false;
  #root: Execution | undefined;

  constructor(
    handler: AnyDurableLambdaHandler,
    settings: RunnerSettings,
    hooks: EngineHooks = NO_HOOKS,
    scripts: Scripts = new Scripts(settings.callbacks),
    stepScripts: StepScripts = new StepScripts(settings.steps),
  ) {
    this.#handler = handler;
    this.#hooks = hooks;
    this.settings = settings;
    this.clock = new Clock(settings.startTime, this.readSharedTime());
    this.scripts = scripts;
    this.stepScripts = stepScripts;
    const usual = new UsualChoices(scripts, stepScripts);
    const { schedule } = settings;
    this.#choices =
      schedule === undefined ? usual : new DecidedChoices(usual, new ScheduleDecider(schedule));
    this.world = new World(this);
    this.loop = new Loop(this);
    this.#invokes = new Invokes(this);
  }

  get choices(): Choices {
    return this.#choices;
  }

  /** Has somebody else make the choices; before anything has been started. */
  decide(decider: Decider): void {
    this.#choices = new DecidedChoices(this.#choices, decider);
  }

  /** The execution under test. */
  get root(): Execution | undefined {
    return this.#root;
  }

  /** Whether the execution under test has ended. */
  get ended(): boolean {
    return this.#root?.ended ?? false;
  }

  /** Whether the execution under test has not ended, or what has been invoked in it is still at work. */
  get isGoingOn(): boolean {
    return !this.ended || this.running.size > 0;
  }

  /** The time that is shared with the test; another one when fake timers have been installed anew. */
  readSharedTime(): SharedTime | undefined {
    const { clock } = this.settings;
    return clock && SharedTime.of(clock());
  }

  get transport(): "direct" | "http" {
    return this.settings.transport;
  }

  get maxOperations(): number {
    return this.settings.maxOperations;
  }

  courseOfChance(execution: Execution): number {
    return this.#choices.chance(execution);
  }

  hasStepScript(name: string | undefined): boolean {
    return this.stepScripts.has(name);
  }

  /** Adds scripts. */
  script({ callbacks, steps }: CheckedScripts): void {
    this.scripts.add(callbacks);
    this.stepScripts.add(steps);
  }

  /** Begins the execution under test; {@link run} runs it. */
  start(input: string | undefined, timeoutSeconds: number | undefined): void {
    const shared = this.readSharedTime();
    if (shared !== undefined) this.clock.begin(shared);
    const { functionName, invocationTimeoutSeconds, seed } = this.settings;
    this.#root = this.startExecution({
      function: { functionName, handler: this.#handler, timeoutSeconds: invocationTimeoutSeconds },
      arn: executionArn(functionName, String(seed)),
      seed,
      input,
      timeoutSeconds,
    });
  }

  /**
   * Another engine in the same state, at the same time; nothing is shared. Only {@link Loop.isAtRest at rest}.
   *
   * @param version - other handlers for what has been started already: they are invoked at once.
   */
  fork(version?: OtherHandlers): Engine {
    const scripts = this.scripts.copy();
    const stepScripts = this.stepScripts.copy();
    const { handler, settings } = version ?? { handler: this.#handler, settings: this.settings };
    const fork = new Engine(handler, settings, NO_HOOKS, scripts, stepScripts);
    fork.#choices = this.#choices.copy(scripts, stepScripts);
    fork.isExplored = this.isExplored;
    const copies = new Map<Execution, Execution>();
    const copyOf = (execution: Execution): Execution => {
      const { invokedBy } = execution;
      const copy =
        copies.get(execution) ??
        execution.copy(fork, {
          function: version && fork.#functionOf(execution),
          invokedBy: invokedBy && { ...invokedBy, execution: copyOf(invokedBy.execution) },
        });
      copies.set(execution, copy);
      return copy;
    };
    fork.clock.takeOver(this.clock);
    fork.executions.takeOver(this.executions, copyOf);
    fork.world.takeOver(this.world, copyOf);
    fork.loop.takeOver(this.loop);
    fork.effects.push(...this.effects);
    fork.#root = this.#root && copyOf(this.#root);
    for (const { dueAt, what } of this.clock.inOrderOfArming()) {
      if (what.kind !== "handler") fork.#arm(dueAt, what);
    }
    if (version !== undefined) fork.#invokeAll();
    return fork;
  }

  /** What an execution is one of, with the handlers that this engine has. */
  #functionOf({ function: executed, invokedBy }: Execution): ExecutedFunction {
    if (invokedBy === undefined) return { ...executed, handler: this.#handler };
    const found = getFunction(this.settings.functions, executed.functionName);
    return typeof found === "function" ? executed : { ...executed, handler: found.handler };
  }

  /** Every execution that has not ended is invoked, without anything being new. */
  #invokeAll(): void {
    for (const execution of this.executions.byArn.values()) {
      execution.mustInvokeAgain = true;
      this.executions.changed(execution, this.clock.now());
    }
  }

  /** Goes on as far as it may. See {@link Loop.run}. */
  run(mayHappen: MayHappen, isReached?: IsReached): Promise<void> {
    return this.loop.run(mayHappen, isReached);
  }

  /** What the world does to a callback; the caller has checked that it is open. */
  move(callback: CallbackRef, move: CallbackMove): void {
    this.world.move(callback, move, "test");
  }

  /** Ends an execution from outside. */
  stop(execution: Execution, error: ErrorObject): void {
    this.running.flush();
    const end = { status: "STOPPED", error } as const;
    this.applyEffects(execution, stopExecution(execution.state, this.clock.now(), end));
  }

  /** Nothing happens any more; calls that are going on are cut off. */
  dispose(reason: Error): void {
    this.clock.clear();
    this.running.cutOff({ kind: "failed", error: reason });
  }

  /** What a result of the execution under test, or of another one, is made of. */
  source(execution: Execution | undefined = this.#root): ResultSource {
    const { state, invocations = [], notices = [] } = execution ?? {};
    const isAlone = this.executions.byArn.size <= 1;
    return {
      state,
      now: this.clock.now(),
      startedAt: state?.startedAt ?? this.clock.startedAt,
      invocations,
      world: this.world.events,
      unusedScripts: { callbacks: this.scripts.unused, steps: this.stepScripts.unused },
      ...(execution && {
        stepRuns: execution.stepRuns,
        logs: execution.logs,
        effects: execution.effects,
      }),
      notices,
      callbacksElsewhere: isAlone ? [] : this.world.openCallbacksBelow(execution),
    };
  }

  /** Lets something that was held happen now, unless it has become void. */
  release(due: Due<DueThing>): void {
    const { what } = due;
    if (what.kind !== "service") return;
    const execution = this.executions.byArn.get(what.executionArn);
    if (execution?.timers.get(timerKey(what.timer)) === due) this.happen(what);
  }

  /** Begins an execution. */
  startExecution(options: {
    readonly function: ExecutedFunction;
    readonly arn: string;
    readonly seed: number;
    readonly input: string | undefined;
    readonly timeoutSeconds: number | undefined;
    readonly invokedBy?: Invoker;
  }): Execution {
    const { arn, seed, input, timeoutSeconds, invokedBy } = options;
    const { functions, limits } = this.settings;
    const setup = {
      limits,
      durableFunctions: [...functions.durable.keys()],
      functions: [...functions.plain.keys()],
    };
    const now = this.clock.now();
    const { state, effects } = startExecution({ setup, arn, input, now, timeoutSeconds });
    const execution = new Execution(this, { function: options.function, state, seed, invokedBy });
    this.executions.add(execution);
    this.applyEffects(execution, effects);
    return execution;
  }

  /** Something about an execution is new, for its handler or for whoever looks on. */
  changed(execution: Execution): void {
    this.executions.changed(execution, this.clock.now());
    this.loop.beginBesideInRealTime();
    this.#hooks.changed();
  }

  // What the parts ask for.

  invoke(execution: Execution): Promise<void> {
    return invoke(execution, this);
  }

  holds(due: Due<DueThing>): boolean {
    return this.#hooks.holds(due);
  }

  happen(what: DueThing): void {
    switch (what.kind) {
      case "handler":
        what.fire();
        return;
      case "script":
        this.world.play(what.play);
        return;
      case "function-timeout":
        what.timeOut();
        return;
      case "service": {
        const { executionArn: arn, timer } = what;
        const execution = this.executions.byArn.get(arn);
        if (execution === undefined) return;
        execution.timers.delete(timerKey(timer));
        this.applyEffects(execution, applyTimer(execution.state, this.clock.now(), timer));
      }
    }
  }

  applyEffects(execution: Execution, effects: readonly Effect[]): void {
    this.executions.changed(execution, this.clock.now());
    this.loop.beginBesideInRealTime();
    for (const effect of effects) this.#apply(execution, effect);
    this.#hooks.changed();
  }

  #apply(execution: Execution, effect: Effect): void {
    const { timers, state } = execution;
    switch (effect.kind) {
      case "arm": {
        const { timer, dueAt } = effect;
        this.#arm(dueAt, { kind: "service", executionArn: state.arn, timer });
        return;
      }
      case "disarm": {
        const key = timerKey(effect.timer);
        const due = timers.get(key);
        if (due !== undefined) this.clock.disarm(due);
        timers.delete(key);
        return;
      }
      case "callback-started":
        this.#attempt(() =>
          this.world.callbackStarted({ execution, operationId: effect.operationId }),
        );
        return;
      case "invoke-started":
        this.#attempt(
          () =>
            this.#invokes.started({ execution, operationId: effect.operationId }, effect.target),
          async () => (await callSites(execution, this)).get(effect.operationId),
        );
        return;
      case "execution-ended":
        for (const due of timers.values()) this.clock.disarm(due);
        timers.clear();
        execution.abandon();
        this.#invokes.executionEnded(execution);
    }
  }

  #arm(dueAt: number, what: DueThing): void {
    const due = this.clock.arm(dueAt, what);
    if (what.kind !== "service") return;
    this.executions.byArn.get(what.executionArn)?.timers.set(timerKey(what.timer), due);
  }

  /** What fails in here is thrown to whoever runs the loop: here, the service is at work. */
  #attempt(action: () => void, findCallSite?: () => Promise<string | undefined>): void {
    try {
      action();
    } catch (error) {
      this.loop.fail(error, findCallSite);
    }
  }
}
