import type { FaultCase, Observation } from "./fault-case.ts";
import { type FaultKind, kindOf } from "./fault-kinds.ts";
import { handlerSpecs, type HandlerSpec } from "./handlers/specs.ts";

/** What is not as promised. */
export type Breach =
  | "failed"
  | "wrong result"
  | "not at least once"
  | "more than once"
  | "noticed"
  | "no end"
  | "unhandled rejection";

export interface Verdict {
  readonly breaches: readonly Breach[];
  /** Bodies that ran again. */
  readonly reruns: number;
}

/** What was seen, held against what is promised. */
export function judge(faultCase: FaultCase, observed: Observation): Verdict {
  const spec = handlerSpecs[faultCase.handler];
  const promise = promiseOf(faultCase, observed);
  const breaches: Breach[] = [];
  const ended = observed.status === "SUCCEEDED" || observed.status === "FAILED";
  if (!ended || observed.timedOut > 0) breaches.push("no end");
  if (promise !== "fails" && observed.status === "FAILED") breaches.push("failed");
  else if (ended && !isRight(promise, spec, observed)) breaches.push("wrong result");
  const count = (name: string): number => observed.effects.filter((each) => each === name).length;
  if (observed.status === "SUCCEEDED" && spec.atLeastOnce.some((name) => count(name) < 1)) {
    breaches.push("not at least once");
  }
  if (spec.atMostOnce.some((name) => count(name) > 1)) breaches.push("more than once");
  const reruns = Math.max(0, observed.effects.length - effectsWithoutFaults(spec));
  const isSeen = reruns > 0 || observed.broken.length > 0 || observed.result !== spec.results[0];
  if (promise === "hidden" && isSeen) breaches.push("noticed");
  if (observed.unhandled.length > 0) breaches.push("unhandled rejection");
  return { breaches, reruns };
}

/** What is promised for an execution on which these faults have struck. */
export function promiseOf(
  { plan }: Pick<FaultCase, "plan">,
  { requests }: Pick<Observation, "requests">,
): FaultKind["promise"] {
  const { faults, redelivery } = plan;
  // A page of the state that is refused is asked for again, by the next invocation.
  const isRefused = requests.some(
    ({ fault, operation }) =>
      operation === "checkpoint" && fault !== undefined && kindOf(fault).promise === "fails",
  );
  if (isRefused) return "fails";
  // Several together may be more than the AWS client has attempts.
  const isHidden = faults.every(
    ({ name, times }) => times === 1 && kindOf(name).promise === "hidden",
  );
  return isHidden && faults.length <= 1 && redelivery === undefined ? "hidden" : "completes";
}

function isRight(
  promise: FaultKind["promise"],
  spec: HandlerSpec,
  { status, result, effects }: Observation,
): boolean {
  if (promise === "fails") return status === "FAILED";
  if (status !== "SUCCEEDED") return false;
  const [, interrupted] = spec.results;
  // An at-most-once step that says it has run has run.
  if (result !== interrupted && spec.atMostOnce.some((name) => !effects.includes(name)))
    return false;
  return spec.results.some((known) => known === result);
}

function effectsWithoutFaults({ atLeastOnce, atMostOnce, attempts = 1 }: HandlerSpec): number {
  return (atLeastOnce.length + atMostOnce.length) * attempts;
}
