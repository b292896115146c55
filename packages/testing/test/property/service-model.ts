import type { OperationUpdate } from "@durabletest/runtime/protocol";

/**
 * What the service must do with requests, from the wire protocol's tables; nothing of how.
 *
 * Owns: what is legal, in which state each operation then is, what it has told, which timers run.
 */

type Status = "STARTED" | "PENDING" | "READY" | "SUCCEEDED" | "FAILED" | "CANCELLED" | "TIMED_OUT";

export interface ModelOperation {
  readonly id: string;
  readonly type: string;
  readonly parent: string | undefined;
  status: Status;
  /** Attempts of a step that have ended in a retry. */
  attempts: number;
  /** A closed context whose children are still sent. */
  keepsChildren: boolean;
  heartbeatSeconds: number;
}

/** In which states an action is legal, and where it leads. */
export const transitions: Record<
  string,
  Record<string, { readonly from: readonly (Status | "absent")[]; readonly to: Status }>
> = {
  STEP: {
    START: { from: ["absent", "READY"], to: "STARTED" },
    SUCCEED: { from: ["absent", "STARTED", "READY"], to: "SUCCEEDED" },
    FAIL: { from: ["absent", "STARTED", "READY"], to: "FAILED" },
    RETRY: { from: ["absent", "STARTED", "READY"], to: "PENDING" },
  },
  CONTEXT: {
    START: { from: ["absent"], to: "STARTED" },
    SUCCEED: { from: ["absent", "STARTED"], to: "SUCCEEDED" },
    FAIL: { from: ["absent", "STARTED"], to: "FAILED" },
  },
  WAIT: {
    START: { from: ["absent"], to: "STARTED" },
    CANCEL: { from: ["STARTED"], to: "CANCELLED" },
  },
  CALLBACK: {
    START: { from: ["absent"], to: "STARTED" },
    CANCEL: { from: ["STARTED"], to: "CANCELLED" },
  },
  // Of the harness: it invokes no other functions yet.
  CHAINED_INVOKE: {},
  EXECUTION: {
    SUCCEED: { from: ["absent"], to: "SUCCEEDED" },
    FAIL: { from: ["absent"], to: "FAILED" },
  },
};

export const isEnd = (status: Status): boolean =>
  status !== "STARTED" && status !== "PENDING" && status !== "READY";

export class ServiceModel {
  readonly operations: Map<string, ModelOperation> = new Map();
  /** Ids in the order in which they ended. */
  readonly ended: string[] = [];
  /** Types of events with the id of the operation, in order. */
  readonly events: string[] = ["ExecutionStarted"];
  /** Due times in seconds, by `kind id`. */
  readonly timers: Map<string, number> = new Map();
  readonly untold: Set<string> = new Set();
  readonly updatedFromOutside: Set<string> = new Set();
  running = true;
  invoked = false;
  invocations = 0;
  result: string | undefined;
  now = 0;

  /** Why a batch is refused; undefined when it is taken. */
  objection(updates: readonly OperationUpdate[]): string | undefined {
    const known = new Map(this.operations);
    const touched = new Map<string, string>();
    for (const [index, update] of updates.entries()) {
      const { Id, Type, Action, ParentId } = update;
      const before = known.get(Id);
      const transition = transitions[Type]?.[Action];
      if (transition === undefined) return "no such action";
      if (before !== undefined && before.type !== Type) return "another type";
      if (!transition.from.includes(before?.status ?? "absent")) return "not in this state";
      if (Type === "EXECUTION" && index !== updates.length - 1) return "not last";
      const first = touched.get(Id);
      const mayClose = (Type === "STEP" || Type === "CONTEXT") && first === "START";
      if (first !== undefined && (!mayClose || Action === "START")) return "twice";
      if (ParentId !== undefined && known.get(ParentId)?.type !== "CONTEXT") return "no parent";
      if (Action === "FAIL" && update.Payload !== undefined) return "payload";
      if (Action === "SUCCEED" && update.Error !== undefined) return "error";
      const bad = badOption(update);
      if (bad !== undefined) return bad;
      touched.set(Id, Action);
      known.set(Id, { ...operationOf(update), ...before, status: transition.to });
    }
    return undefined;
  }

  apply(updates: readonly OperationUpdate[]): void {
    for (const update of updates) this.#apply(update);
  }

  #apply(update: OperationUpdate): void {
    const { Id, Type, Action } = update;
    if (Type === "EXECUTION") {
      if (Action === "SUCCEED") this.result = update.Payload;
      return;
    }
    const operation = this.operations.get(Id) ?? operationOf(update);
    this.operations.set(Id, operation);
    operation.keepsChildren = update.ContextOptions?.ReplayChildren === true;
    if (Type === "STEP" && Action !== "START") operation.attempts += 1;
    if (Action === "RETRY") {
      this.timers.set(`retry ${Id}`, this.now + (update.StepOptions?.NextAttemptDelaySeconds ?? 0));
    }
    if (Action === "START" && Type === "WAIT") {
      this.timers.set(`wait ${Id}`, this.now + (update.WaitOptions?.WaitSeconds ?? 0));
    }
    if (Action === "START" && Type === "CALLBACK") this.#startCallback(Id, update.CallbackOptions);
    const family = Type.charAt(0) + Type.slice(1).toLowerCase();
    const verb = {
      START: "Started",
      SUCCEED: "Succeeded",
      FAIL: "Failed",
      RETRY: update.Error === undefined ? "Succeeded" : "Failed",
      CANCEL: "Cancelled",
    }[Action];
    if (Type !== "CALLBACK" || Action !== "CANCEL") this.events.push(`${family}${verb} ${Id}`);
    this.#change(Id, transitions[Type]![Action]!.to);
  }

  #startCallback(id: string, options: OperationUpdate["CallbackOptions"]): void {
    const { TimeoutSeconds = 0, HeartbeatTimeoutSeconds = 0 } = options ?? {};
    if (TimeoutSeconds > 0) this.timers.set(`callback-timeout ${id}`, this.now + TimeoutSeconds);
    this.operations.get(id)!.heartbeatSeconds = HeartbeatTimeoutSeconds;
    this.heartbeat(id);
  }

  heartbeat(id: string): void {
    const seconds = this.operations.get(id)!.heartbeatSeconds;
    if (seconds > 0) this.timers.set(`callback-heartbeat ${id}`, this.now + seconds);
  }

  /** The outside world, or its silence, ends a callback. */
  endCallback(id: string, status: "SUCCEEDED" | "FAILED" | "TIMED_OUT"): void {
    const verb = { SUCCEEDED: "Succeeded", FAILED: "Failed", TIMED_OUT: "TimedOut" }[status];
    this.events.push(`Callback${verb} ${id}`);
    this.#change(id, status);
    this.updatedFromOutside.add(id);
  }

  fire(timer: string): void {
    const [kind, id = ""] = timer.split(" ");
    this.timers.delete(timer);
    if (kind === "execution-timeout") this.stop("TimedOut");
    else if (kind === "wait") {
      this.events.push(`WaitSucceeded ${id}`);
      this.#change(id, "SUCCEEDED");
      this.updatedFromOutside.add(id);
    } else if (kind === "retry") {
      this.#change(id, "READY");
      this.updatedFromOutside.add(id);
    } else this.endCallback(id, "TIMED_OUT");
  }

  stop(how: "TimedOut" | "Stopped"): void {
    if (this.invoked) this.completeInvocation();
    this.end(how);
  }

  completeInvocation(): void {
    this.invoked = false;
    this.events.push("InvocationCompleted");
  }

  end(how: string): void {
    this.running = false;
    this.timers.clear();
    this.events.push(`Execution${how}`);
  }

  /** What the handler is told now, in any order. */
  tell(): readonly string[] {
    const told = [...this.untold];
    this.untold.clear();
    for (const id of told) this.updatedFromOutside.delete(id);
    return told;
  }

  /** The operations that an invocation is given. */
  get sent(): readonly string[] {
    const isHidden = (id: string): boolean => {
      const parent = this.operations.get(id)?.parent;
      if (parent === undefined) return false;
      const { status, keepsChildren } = this.operations.get(parent)!;
      return (isEnd(status) && !keepsChildren) || isHidden(parent);
    };
    return [...this.operations.keys()].filter((id) => !isHidden(id));
  }

  /** Whether anything but the handler will change something, or has. */
  get hasPending(): boolean {
    const operations = [...this.operations.values()];
    return (
      this.untold.size > 0 ||
      operations.some(
        ({ type, status }) =>
          (type === "WAIT" && status === "STARTED") ||
          (type === "CALLBACK" && status === "STARTED") ||
          status === "PENDING",
      )
    );
  }

  get open(): readonly string[] {
    const open = [...this.operations.values()].filter(
      ({ type, status }) => type === "CALLBACK" && status === "STARTED",
    );
    return this.running ? open.map(({ id }) => id) : [];
  }

  #change(id: string, status: Status): void {
    this.operations.get(id)!.status = status;
    this.untold.add(id);
    if (!isEnd(status)) return;
    this.ended.push(id);
    for (const timer of this.timers.keys()) {
      if (timer.split(" ")[1] === id) this.timers.delete(timer);
    }
  }
}

function operationOf({ Id, Type, ParentId }: OperationUpdate): ModelOperation {
  return {
    id: Id,
    type: Type,
    parent: ParentId,
    status: "STARTED",
    attempts: 0,
    keepsChildren: false,
    heartbeatSeconds: 0,
  };
}

function badOption(update: OperationUpdate): string | undefined {
  const isBad = (seconds: number | undefined, min: number, max = 99_999_999): boolean =>
    seconds === undefined || !Number.isInteger(seconds) || seconds < min || seconds > max;
  const days366 = 31_622_400;
  if (update.Action === "RETRY" && isBad(update.StepOptions?.NextAttemptDelaySeconds, 1, days366)) {
    return "delay";
  }
  if (update.Action !== "START") return undefined;
  if (update.Type === "WAIT" && isBad(update.WaitOptions?.WaitSeconds, 1, days366)) {
    return "duration";
  }
  if (update.Type !== "CALLBACK") return undefined;
  const { TimeoutSeconds = 0, HeartbeatTimeoutSeconds = 0 } = update.CallbackOptions ?? {};
  return isBad(TimeoutSeconds, 0) || isBad(HeartbeatTimeoutSeconds, 0) ? "timeout" : undefined;
}
