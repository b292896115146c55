/**
 * Plans: which faults strike an execution, and where. A plan is a short text, so that whoever reads of a
 * failure can repeat it.
 *
 * ```
 * 503@2            the second request is answered with 503
 * 503@2x3          the second request and the two that reach the service after it
 * kill-in-body@1   the sandbox is killed in the first body that runs
 * again            what dies is delivered again: the same event, to another sandbox
 * twice            every event is delivered to two sandboxes at once
 * late             every event is delivered again when it has been answered
 * patient          the SDK's own client, which waits longer than the suite's
 * 503@2,kill@4     both
 * none             no fault
 * ```
 *
 * Requests, bodies and answers are counted from 1, over all invocations of the execution; what the
 * client sends again counts again.
 */
import { type FaultName, faultKinds, isFaultName, kindOf, type Target } from "./fault-kinds.ts";

export interface PlannedFault {
  readonly name: FaultName;
  /** Counted from 1. */
  readonly at: number;
  /** How many in a row. */
  readonly times: number;
}

/** How often an event is delivered besides the first time. */
export type Redelivery = "again" | "twice" | "late";

export interface Plan {
  readonly faults: readonly PlannedFault[];
  readonly redelivery: Redelivery | undefined;
  /** The client has the SDK's own timeouts, where the suite would give it short ones. */
  readonly patient: boolean;
}

export const NO_FAULT: Plan = { faults: [], redelivery: undefined, patient: false };

/** A plan of one fault. */
export function faultAt(name: FaultName, at: number, times = 1): Plan {
  return { ...NO_FAULT, faults: [{ name, at, times }] };
}

const REDELIVERIES: readonly Redelivery[] = ["again", "twice", "late"];

/** What makes no plan. */
class InvalidPlanError extends Error {
  override readonly name = "InvalidPlanError";
}

/** @throws InvalidPlanError */
export function parsePlan(text: string): Plan {
  if (text.trim() === "none") return NO_FAULT;
  const faults: PlannedFault[] = [];
  let redelivery: Redelivery | undefined;
  let patient = false;
  for (const item of text.split(",").map((part) => part.trim())) {
    const asRedelivery = REDELIVERIES.find((known) => known === item);
    if (item === "patient") {
      patient = true;
    } else if (asRedelivery === undefined) {
      faults.push(parseFault(item));
    } else if (redelivery === undefined) {
      redelivery = asRedelivery;
    } else {
      throw new InvalidPlanError(`"${text}" says "${redelivery}" and "${item}"; one is possible.`);
    }
  }
  return { faults, redelivery, patient };
}

export function formatPlan({ faults, redelivery, patient }: Plan): string {
  const items = faults.map(
    ({ name, at, times }) => `${name}@${at}${times === 1 ? "" : `x${times}`}`,
  );
  if (redelivery !== undefined) items.push(redelivery);
  if (patient) items.push("patient");
  return items.length === 0 ? "none" : items.join(",");
}

function parseFault(item: string): PlannedFault {
  const {
    name = "",
    at,
    times = "1",
  } = /^(?<name>[a-z0-9-]+)@(?<at>[1-9]\d{0,5})(?:x(?<times>[1-9]\d{0,3}))?$/.exec(item)?.groups ??
  {};
  if (isFaultName(name)) return { name, at: Number(at), times: Number(times) };
  throw new InvalidPlanError(
    `"${item}" is no fault. A fault is <name>@<position> or <name>@<position>x<times>, with one of the names ${Object.keys(faultKinds).join(", ")}; besides, there are ${REDELIVERIES.join(", ")}, patient.`,
  );
}

/**
 * A plan, as it is played: told what happens in the order in which it happens, it says what strikes.
 *
 * A fault of checkpoints (or of pages of the state) counts all requests, and passes over those of the
 * other kind.
 */
export class PlanInPlay {
  readonly #open: { readonly fault: PlannedFault; struck: number }[];
  readonly #counts = { request: 0, body: 0, answer: 0 };

  constructor({ faults }: Plan) {
    this.#open = faults.map((fault) => ({ fault, struck: 0 }));
  }

  /** Those that have not struck yet, or not as often as planned. */
  get unplayed(): readonly PlannedFault[] {
    return this.#open.filter(({ fault, struck }) => struck < fault.times).map(({ fault }) => fault);
  }

  request(operation: "checkpoint" | "state"): FaultName | undefined {
    return this.#next("request", (target) => target === "request" || target === operation);
  }

  body(): FaultName | undefined {
    return this.#next("body", (target) => target === "body");
  }

  answer(): FaultName | undefined {
    return this.#next("answer", (target) => target === "answer");
  }

  #next(
    counted: "request" | "body" | "answer",
    strikes: (target: Target) => boolean,
  ): FaultName | undefined {
    this.#counts[counted] += 1;
    const now = this.#counts[counted];
    const next = this.#open.find(
      ({ fault, struck }) =>
        struck < fault.times && fault.at <= now && strikes(kindOf(fault.name).target),
    );
    if (next === undefined) return undefined;
    next.struck += 1;
    return next.fault.name;
  }
}
