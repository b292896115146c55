/**
 * What virtual time does to an execution, told a second time: an event simulation that shares no code
 * with the engine.
 *
 * The handler it knows starts branches in parallel and waits for all of them. Things that are due happen
 * in the order of (time, arming); the handler learns of them when it is invoked, or with the next
 * checkpoint of the invocation that is going on. An invocation goes on for as long as bodies of steps
 * sleep in it, and stands still when the test stops in its middle; it dies when it takes too long, and
 * the bodies begin anew in the next one.
 */
export interface Branch {
  /** Seconds that pass before it begins. */
  readonly startsAfter: number;
  readonly does: Work;
}

export type Work =
  | { readonly kind: "wait"; readonly seconds: number }
  | {
      readonly kind: "step";
      /** Of the body of each attempt; 0: no timer. */
      readonly sleepMs: readonly number[];
      readonly failures: number;
      readonly maxAttempts: number;
      readonly delay: { readonly initial: number; readonly rate: number; readonly max: number };
    }
  | {
      readonly kind: "callback";
      /** Seconds; 0 is none. */
      readonly timeout: number;
      readonly heartbeat: number;
      readonly script: readonly Move[] | undefined;
      /** Own timeouts of waits by id, one after the other; none: `settled()`. */
      readonly waits: readonly number[] | undefined;
    };

/** Something a script does, so many milliseconds after the move before it. */
export interface Move {
  readonly kind: "success" | "failure" | "heartbeat";
  readonly afterMs: number;
}

export interface ModelEvent {
  readonly type: string;
  readonly name: string;
  /** Since the start of the execution. */
  readonly atMs: number;
}

interface Due {
  readonly atMs: number;
  readonly kind: "timer" | "script" | "sleep" | "function timeout";
  /** Whether the outside world must have been silent for too long for it to happen. */
  readonly isSilence: () => boolean;
  readonly fire: () => void;
  readonly armed: { readonly round: number; readonly directly: boolean; readonly by: string };
}

interface Callback {
  readonly name: string;
  readonly scripted: boolean;
  timeoutAt: number | undefined;
  heartbeatAt: number | undefined;
  readonly heartbeatMs: number;
  outcome: string | undefined;
  /** The handler has been told of its end. */
  known: boolean;
  onEnd: (() => void)[];
  timeoutDue?: Due;
  heartbeatDue?: Due;
}

/** One that is going on. */
interface Invocation {
  readonly startedAt: number;
  readonly limitMs: number;
}

/** The body of a step that sleeps. */
interface Sleeper {
  /** Falls asleep: anew, in another invocation. */
  readonly sleep: () => void;
  due: Due;
}

/** Two things are due together, and which was armed first is not for the model to say. */
export class Ambiguous extends Error {}

export class TimeModel {
  nowMs = 0;
  status: "PENDING" | "SUCCEEDED" | "TIMED_OUT" = "PENDING";
  readonly events: ModelEvent[] = [];
  readonly outcomes: string[];
  readonly #branches: readonly Branch[];
  readonly #manual: boolean;
  readonly #callbacks: Callback[] = [];
  #queue: Due[] = [];
  /** What has happened, and the handler does not know. */
  #untold: { readonly learn: () => void; readonly goOn: () => void }[] = [];
  #invoked = false;
  #invocation: Invocation | undefined;
  readonly #invocationTimeoutMs: number;
  /** In the order in which they fell asleep. */
  #sleepers: readonly Sleeper[] = [];
  /** Their invocation has died, and they begin anew in the next one. */
  #interrupted: readonly Sleeper[] = [];
  #left: number;
  /** Arming is ordered by round, then by what the handler starts directly before what follows from it. */
  #round = 0;
  #directly = true;

  constructor(
    branches: readonly Branch[],
    options: { manual: boolean; timeout: number; invocationTimeout: number },
  ) {
    this.#branches = branches;
    this.#invocationTimeoutMs = options.invocationTimeout * 1000;
    this.#manual = options.manual;
    this.#left = branches.length;
    this.outcomes = branches.map(() => "");
    this.#event("ExecutionStarted");
    if (options.timeout === 0) return;
    this.#arm("execution", options.timeout * 1000, () => this.#timeOut(), {
      isSilence: () => this.#worldIsAwaited(),
    });
  }

  /** Names of open callbacks, sorted. */
  get open(): readonly string[] {
    if (this.status !== "PENDING") return [];
    const open = this.#callbacks.filter(({ outcome }) => outcome === undefined);
    return open.map(({ name }) => name).toSorted();
  }

  deadlines(name: string): readonly (number | undefined)[] {
    const { timeoutAt, heartbeatAt } = this.#named(name);
    return [timeoutAt, heartbeatAt];
  }

  run(): void {
    this.#drive((due) => !due.isSilence() && !(this.#manual && due.kind === "timer"));
  }

  advanceTo(ms: number): void {
    this.#drive((due) => due.atMs <= ms);
    this.nowMs = Math.max(this.nowMs, ms);
  }

  /** False: it stalls. */
  complete(): boolean {
    this.#drive(() => true);
    return this.status !== "PENDING";
  }

  /** Until an operation has started; false: it has ended or stalled before. */
  advanceUntil(name: string): boolean {
    const isReached = (): boolean =>
      this.events.some((event) => event.name === name && event.type.endsWith("Started"));
    this.#drive(() => true, isReached);
    return isReached();
  }

  send(name: string, kind: Move["kind"]): void {
    this.#round += 1;
    this.#move(this.#named(name), kind);
    this.run();
  }

  #named(name: string): Callback {
    const callback = this.#callbacks.find((candidate) => candidate.name === name);
    if (callback === undefined) throw new Error(`The model has no callback ${name}.`);
    return callback;
  }

  /** A callback is open that nobody but the test answers. */
  #worldIsAwaited(): boolean {
    return this.#callbacks.some((callback) => isSilent(callback));
  }

  #drive(mayHappen: (due: Due) => boolean, isReached = (): boolean => false): void {
    while (this.status === "PENDING") {
      if (this.#invocation !== undefined && this.#sleepers.length === 0) {
        this.#complete(this.#invocation);
        continue;
      }
      if (isReached()) return;
      if (this.#invocation === undefined && this.#mustInvoke()) {
        this.#invoke();
        continue;
      }
      let due = this.#first();
      if (due === undefined || !mayHappen(due)) return;
      this.nowMs = Math.max(this.nowMs, due.atMs);
      this.#fire(due);
      if (this.#invocation !== undefined) continue;
      // Everything of that instant happens before the handler is invoked.
      while (this.status === "PENDING") {
        due = this.#first();
        if (due === undefined || due.atMs > this.nowMs || !mayHappen(due)) break;
        this.#fire(due);
      }
    }
  }

  #mustInvoke(): boolean {
    return !this.#invoked || this.#untold.length > 0 || this.#interrupted.length > 0;
  }

  #invoke(): void {
    this.#invocation = {
      startedAt: this.nowMs,
      limitMs: this.nowMs + this.#invocationTimeoutMs,
    };
    this.#round += 1;
    const interrupted = this.#interrupted;
    this.#interrupted = [];
    if (this.#invoked) {
      this.#directly = false;
      for (const { sleep } of interrupted) sleep();
      this.#tell();
    } else for (const index of this.#branches.keys()) this.#start(index);
    this.#invoked = true;
  }

  #complete({ startedAt }: Invocation): void {
    this.#invocation = undefined;
    this.#event(`InvocationCompleted since ${startedAt}`);
    if (this.#left > 0) return;
    this.status = "SUCCEEDED";
    this.#event("ExecutionSucceeded");
  }

  /** The invocation has taken as long as its function may. */
  #die({ startedAt }: Invocation): void {
    this.#invocation = undefined;
    this.#event(`InvocationCompleted since ${startedAt}`);
    for (const { due } of this.#sleepers) this.#disarm(due);
    this.#interrupted = this.#sleepers;
    this.#sleepers = [];
  }

  /** The handler learns all that has happened, and goes on branch by branch. */
  #tell(): void {
    while (this.#untold.length > 0) {
      this.#round += 1;
      const told = this.#untold;
      this.#untold = [];
      for (const { learn } of told) learn();
      for (const { goOn } of told) this.#branch(goOn);
    }
  }

  #branch(goOn: () => void): void {
    this.#directly = true;
    goOn();
    this.#directly = true;
  }

  #start(index: number): void {
    const { startsAfter, does } = this.#branches[index]!;
    const name = `b${index}`;
    const done = (outcome: string): void => {
      this.outcomes[index] = outcome;
      this.#left -= 1;
    };
    const work = (): void => {
      if (does.kind === "wait") this.#wait({ name, by: name }, does.seconds, () => done("waited"));
      else if (does.kind === "step") this.#attempt(name, does, 1, done);
      else this.#callback(name, does, done);
    };
    this.#branch(
      startsAfter === 0
        ? work
        : () => this.#wait({ name: `${name} starts`, by: name }, startsAfter, work),
    );
  }

  /** @param by - the branch; the timeout of a wait by id has no name. */
  #wait(
    { name, by }: { readonly name: string; readonly by: string },
    seconds: number,
    then: () => void,
  ): void {
    this.#event("WaitStarted", name);
    const fire = (): void => {
      this.#event("WaitSucceeded", name);
      this.#untold.push({ learn: () => {}, goOn: then });
    };
    // Somebody could answer before it.
    this.#arm(by, seconds * 1000, fire, { isSilence: () => this.#worldIsAwaited() });
  }

  #attempt(
    name: string,
    step: Extract<Work, { kind: "step" }>,
    attempt: number,
    done: (outcome: string) => void,
  ): void {
    this.#event("StepStarted", name);
    this.#directly = false;
    const end = (): void => {
      if (attempt > step.failures) {
        this.#event("StepSucceeded", name);
        done(`attempt ${attempt}`);
        return;
      }
      this.#event("StepFailed", name);
      if (attempt >= step.maxAttempts) {
        done("failed");
        return;
      }
      const { initial, rate, max } = step.delay;
      const seconds = Math.max(1, Math.min(initial * rate ** (attempt - 1), max));
      this.#arm(name, seconds * 1000, () => {
        const goOn = (): void => this.#attempt(name, step, attempt + 1, done);
        this.#untold.push({ learn: () => {}, goOn });
      });
    };
    const sleepMs = step.sleepMs[(attempt - 1) % step.sleepMs.length] ?? 0;
    if (sleepMs === 0) end();
    else this.#sleep(name, sleepMs, end);
  }

  #sleep(name: string, sleepMs: number, end: () => void): void {
    const wake = (): void => {
      this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
      this.#round += 1;
      this.#branch(end);
      this.#tell(); // the step's end is a checkpoint, and its answer brings the news
    };
    const due = this.#arm(name, sleepMs, wake, { kind: "sleep" });
    const sleeper = { due, sleep: () => this.#sleep(name, sleepMs, end) };
    this.#sleepers = [...this.#sleepers, sleeper];
  }

  #callback(
    name: string,
    plan: Extract<Work, { kind: "callback" }>,
    done: (outcome: string) => void,
  ): void {
    this.#event("CallbackStarted", name);
    const callback: Callback = {
      name,
      scripted: plan.script !== undefined,
      timeoutAt: undefined,
      heartbeatAt: undefined,
      heartbeatMs: plan.heartbeat * 1000,
      outcome: undefined,
      known: false,
      onEnd: [],
    };
    this.#callbacks.push(callback);
    if (plan.timeout > 0) {
      callback.timeoutAt = this.nowMs + plan.timeout * 1000;
      callback.timeoutDue = this.#arm(
        name,
        plan.timeout * 1000,
        () => this.#end(callback, "timeout"),
        { isSilence: () => isSilent(callback) },
      );
    }
    this.#armHeartbeat(callback);
    this.#armScript(callback, plan.script ?? []);
    this.#directly = false;
    this.#ask(callback, plan.waits ?? [0], 0, done);
  }

  /** Waits for the callback, with own timeouts or none, until one of the waits brings its outcome. */
  #ask(
    callback: Callback,
    waits: readonly number[],
    round: number,
    done: (outcome: string) => void,
  ): void {
    const over = (): void => done(callback.outcome ?? "");
    const timeout = waits[round];
    if (timeout === undefined) {
      done("gave up");
      return;
    }
    if (callback.known) {
      over();
      return;
    }
    if (timeout === 0) {
      callback.onEnd.push(over);
      return;
    }
    let waiting = true;
    const name = `${callback.name} wait ${round}`;
    this.#event("ContextStarted", name);
    const gaveUp = (): void => {
      if (!waiting) return;
      waiting = false;
      this.#event("ContextFailed", name);
      this.#directly = false;
      this.#ask(callback, waits, round + 1, done);
    };
    const timer = { name: "", by: callback.name };
    this.#wait(timer, timeout, gaveUp);
    callback.onEnd.push(() => {
      if (!waiting) return;
      waiting = false;
      const timedOut = callback.outcome === "timeout" || callback.outcome === "heartbeat";
      this.#event(timedOut ? "ContextFailed" : "ContextSucceeded", name);
      over();
    });
  }

  #armHeartbeat(callback: Callback): void {
    if (callback.heartbeatMs === 0) return;
    this.#disarm(callback.heartbeatDue);
    callback.heartbeatAt = this.nowMs + callback.heartbeatMs;
    callback.heartbeatDue = this.#arm(
      callback.name,
      callback.heartbeatMs,
      () => this.#end(callback, "heartbeat"),
      { isSilence: () => isSilent(callback) },
    );
  }

  #armScript(callback: Callback, [move, ...rest]: readonly Move[]): void {
    if (move === undefined) return;
    const fire = (): void => {
      this.#round += 1;
      if (callback.outcome === undefined) this.#move(callback, move.kind);
      this.#armScript(callback, rest);
    };
    this.#arm(callback.name, move.afterMs, fire, { kind: "script" });
  }

  #move(callback: Callback, kind: Move["kind"]): void {
    if (kind === "heartbeat") this.#armHeartbeat(callback);
    else this.#end(callback, kind);
  }

  #end(callback: Callback, outcome: "success" | "failure" | "timeout" | "heartbeat"): void {
    const type = {
      success: "Succeeded",
      failure: "Failed",
      timeout: "TimedOut",
      heartbeat: "TimedOut",
    };
    this.#event(`Callback${type[outcome]}`, callback.name);
    callback.outcome = outcome;
    this.#disarm(callback.timeoutDue);
    this.#disarm(callback.heartbeatDue);
    this.#untold.push({
      learn: () => {
        callback.known = true;
      },
      goOn: () => {
        for (const goOn of callback.onEnd.splice(0)) goOn();
      },
    });
  }

  #timeOut(): void {
    this.status = "TIMED_OUT";
    this.#queue = [];
    if (this.#invocation !== undefined) {
      this.#event(`InvocationCompleted since ${this.#invocation.startedAt}`);
    }
    this.#event("ExecutionTimedOut");
  }

  #event(type: string, name = ""): void {
    this.events.push({ type, name, atMs: this.nowMs });
  }

  #arm(
    by: string,
    afterMs: number,
    fire: () => void,
    { kind = "timer", isSilence = () => false }: Partial<Pick<Due, "kind" | "isSilence">> = {},
  ): Due {
    const armed = { round: this.#round, directly: this.#directly, by };
    const due: Due = { atMs: this.nowMs + afterMs, kind, isSilence, fire, armed };
    this.#queue.push(due);
    return due;
  }

  #disarm(due: Due | undefined): void {
    this.#queue = this.#queue.filter((candidate) => candidate !== due);
  }

  #fire(due: Due): void {
    this.#disarm(due);
    due.fire();
  }

  /**
   * What is due next; a function's timeout comes after everything else that is due with it.
   *
   * The queue is in the order of arming, so that the first of the earliest is the one. When a body
   * begins, and what follows from a start, is the runtime's affair: only what the handler starts directly
   * has an order among what it does in one go.
   */
  #first(): Due | undefined {
    const invocation = this.#invocation;
    if (invocation === undefined) return this.#firstInQueue();
    const { limitMs } = invocation;
    if (this.#queue.some(({ atMs }) => atMs <= limitMs)) return this.#firstInQueue();
    return {
      atMs: limitMs,
      kind: "function timeout",
      isSilence: () => this.#worldIsAwaited(),
      fire: () => this.#die(invocation),
      armed: { round: this.#round, directly: true, by: "" },
    };
  }

  #firstInQueue(): Due | undefined {
    const atMs = Math.min(...this.#queue.map((due) => due.atMs));
    const [first, ...others] = this.#queue.filter((due) => due.atMs === atMs);
    for (const { armed } of others) {
      if (armed.round !== first?.armed.round || armed.by === first.armed.by) continue;
      if (!armed.directly || !first.armed.directly) throw new Ambiguous();
    }
    return first;
  }
}

function isSilent({ outcome, scripted }: Callback): boolean {
  return outcome === undefined && !scripted;
}
