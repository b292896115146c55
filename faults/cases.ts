/** Which cases there are: every fault at every position of every handler, and seeded mixtures. Pure. */
import type { FaultCase, Observation, RequestOperation } from "./fault-case.ts";
import { type FaultName, faultKinds, kindOf } from "./fault-kinds.ts";
import { HANDLER_NAMES, type HandlerName } from "./handlers/specs.ts";
import type { RuntimeName } from "./messages.ts";
import {
  faultAt,
  formatPlan,
  NO_FAULT,
  type Plan,
  type PlannedFault,
  type Redelivery,
} from "./plan.ts";
import { createRandom } from "./random.ts";

/** What a handler does when nothing goes wrong: the positions at which something can. */
export interface CleanRun {
  readonly runtime: RuntimeName;
  readonly handler: HandlerName;
  readonly requests: readonly RequestOperation[];
  readonly bodies: number;
  readonly answers: number;
}

export function cleanRunOf({ runtime, handler }: FaultCase, observed: Observation): CleanRun {
  return {
    runtime,
    handler,
    requests: observed.requests.map(({ operation }) => operation),
    bodies: observed.effects.length,
    answers: observed.deliveries,
  };
}

/** Of every handler, without a fault. */
export function cleanCases(runtimes: readonly RuntimeName[]): readonly FaultCase[] {
  return runtimes.flatMap((runtime) =>
    HANDLER_NAMES.map((handler) => ({ runtime, handler, plan: NO_FAULT, row: rowOf(NO_FAULT) })),
  );
}

/** Every fault at every position at which it can strike this handler. */
export function casesAtEveryPosition(clean: CleanRun): readonly FaultCase[] {
  const names = Object.keys(faultKinds) as FaultName[];
  const single = names.flatMap((name) => {
    const { times = [1], silence } = kindOf(name);
    if (silence === "patient") return [];
    return times.flatMap((count) => positionsOf(name, clean).map((at) => faultAt(name, at, count)));
  });
  const again = single
    .filter(({ faults }) => faults.some(({ name }) => name.startsWith("kill")))
    .map((plan): Plan => ({ ...plan, redelivery: "again" }));
  const plans = [
    ...single,
    ...again,
    ...(["twice", "late"] as const).map((redelivery): Plan => ({ ...NO_FAULT, redelivery })),
  ];
  return plans.map((plan) => caseOf(clean, plan));
}

/** Silence that lasts, for the clients that the SDKs have by themselves. */
export function patientCases(clean: CleanRun): readonly FaultCase[] {
  return (["lost", "stalled", "trickled"] as const).flatMap((name) =>
    positionsOf(name, clean).map((at) => caseOf(clean, { ...faultAt(name, at), patient: true })),
  );
}

/** The same event to two warm sandboxes, many times. */
export function twiceCases(runtime: RuntimeName, count: number): readonly FaultCase[] {
  const plan: Plan = { ...NO_FAULT, redelivery: "twice" };
  const row = "two warm sandboxes get every event: at-most-once, many executions";
  return Array.from({ length: count }, () => ({ runtime, handler: "at-most-once", plan, row }));
}

/** Two or three faults at once, wherever the seed says. */
export function mixedCases(
  cleanRuns: readonly CleanRun[],
  { seed, count }: { readonly seed: number; readonly count: number },
): readonly FaultCase[] {
  const random = createRandom(seed);
  const pick = <Item>(items: readonly [Item, ...Item[]]): Item =>
    items[Math.floor(random() * items.length)] ?? items[0];
  return Array.from({ length: count }).flatMap(() => {
    const [first, ...more] = cleanRuns;
    if (first === undefined) return [];
    const clean = pick([first, ...more]);
    const faults = Array.from({ length: pick([2, 3]) }, () => pick(faultsThatPass(clean)));
    const redelivery = pick<Redelivery | undefined>([
      undefined,
      undefined,
      "again",
      "twice",
      "late",
    ]);
    return [{ ...caseOf(clean, { ...NO_FAULT, faults, redelivery }), row: MIXED }];
  });
}

const MIXED = "two or three of these at once, seeded";

/** Once, at every position. */
function faultsThatPass(clean: CleanRun): readonly [PlannedFault, ...PlannedFault[]] {
  const names = (Object.keys(faultKinds) as FaultName[]).filter((name) => {
    const { promise, silence } = kindOf(name);
    return promise !== "fails" && silence === undefined;
  });
  const faults = names.flatMap((name) =>
    positionsOf(name, clean).map((at): PlannedFault => ({ name, at, times: 1 })),
  );
  const [first = { name: "503", at: 1, times: 1 }, ...more] = faults;
  return [first, ...more];
}

/**
 * The part of the cases that is tried at every change: of the shortest handlers all that is not a matter of
 * more attempts, of the others what they are there for. New sandboxes are what takes the time, and so
 * killing is for the at-most-once step above all.
 */
export function isInPart({ handler, plan }: FaultCase): boolean {
  const { faults, redelivery } = plan;
  const [fault] = faults;
  if (fault === undefined) return true;
  const { name, times } = fault;
  switch (handler) {
    case "at-most-once":
      return times === 1 || name === "408" || name === "skew" || name === "kms";
    case "step":
      return redelivery === undefined && times === 1 && !name.startsWith("kill");
    case "callback":
      return (
        redelivery === undefined &&
        ["no-state", "no-token", "409", "reset-applied", "kill-applied"].includes(name)
      );
    case "step-wait-step":
    case "retry":
      return ["no-state", "no-token", "409"].includes(name);
    case "parallel":
    case "map":
    case "child":
      return name === "no-state" || (name === "reset-applied" && times === 1);
    case "large":
      return times === 1 && (name === "503" || name === "cut");
    case "pages":
      return ["repeated-marker", "empty-page", "503", "400"].includes(name) && times === 1;
  }
}

function caseOf({ runtime, handler }: CleanRun, plan: Plan): FaultCase {
  return { runtime, handler, plan, row: rowOf(plan) };
}

function positionsOf(name: FaultName, clean: CleanRun): readonly number[] {
  const upTo = (count: number): readonly number[] =>
    Array.from({ length: count }, (_, index) => index + 1);
  const { target } = kindOf(name);
  switch (target) {
    case "request":
      return upTo(clean.requests.length);
    case "checkpoint":
    case "state":
      return upTo(clean.requests.length).filter((at) => clean.requests[at - 1] === target);
    case "body":
      return upTo(clean.bodies);
    case "answer":
      return upTo(clean.answers);
  }
}

/** Under which title the report counts a plan. */
export function rowOf(plan: Plan): string {
  const { faults, redelivery, patient } = plan;
  const [fault, second] = faults;
  if (fault === undefined) return redelivery === undefined ? "none" : REDELIVERED[redelivery];
  if (second !== undefined) return MIXED;
  const times = fault.times === 1 ? "" : `, ${fault.times} in a row`;
  const again = redelivery === undefined ? "" : "; the same event again";
  const client = patient ? ", the SDK's own timeouts" : "";
  return `${kindOf(fault.name).title}${times}${again}${client}`;
}

const REDELIVERED: Readonly<Record<Redelivery, string>> = {
  again: "what dies is delivered again",
  twice: "every event delivered twice at once",
  late: "every event delivered again when it has been answered",
};

/** How to repeat a case. */
export function commandFor({ runtime, handler, plan }: FaultCase): string {
  return `pnpm faults --runtime ${runtime} --handler ${handler} --plan ${formatPlan(plan)}`;
}
