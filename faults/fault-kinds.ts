/**
 * The faults there are: what each does, where it can strike, and what is promised under it. Data, and
 * nothing else; `proxy.ts` and `lambda.ts` do them.
 */

/** What becomes of a request, when it is not simply passed on. */
export type RequestFault =
  /** Answered with an exception of the API; the service never sees it. */
  | {
      readonly does: "refuse";
      readonly status: number;
      readonly exception: string;
      readonly message: string;
    }
  /** The connection is reset, before or after the service has applied the request. */
  | { readonly does: "reset"; readonly applied: boolean }
  /** Applied, and never answered; the connection stays open. */
  | { readonly does: "lose" }
  /** The connection is reset in the middle of the response's body. */
  | { readonly does: "cut" }
  /** Headers and half of the body; then nothing more, on a connection that stays open. */
  | { readonly does: "stall" }
  /** Headers and half of the body; then a byte now and then, so that the connection is never silent. */
  | { readonly does: "trickle" }
  /** The response comes, late. */
  | { readonly does: "delay" }
  /** The response says something else than the service said. */
  | { readonly does: "rewrite"; readonly to: Rewrite }
  /** The sandbox that sent the request is killed, before or after the service has applied it. */
  | { readonly does: "kill"; readonly applied: boolean };

/** What is changed in a response. */
export type Rewrite = "no-token" | "empty-token" | "no-state" | "repeated-marker" | "empty-page";

/** What the sandbox of an invocation may suffer beside its requests. */
interface SandboxFault {
  readonly does: "kill-in-body" | "kill-at-answer";
}

/** What a fault strikes. */
export type Target = "request" | "checkpoint" | "state" | "body" | "answer";

export interface FaultKind {
  readonly target: Target;
  readonly fault: RequestFault | SandboxFault;
  /** For the report: the fault, in a few words. */
  readonly title: string;
  /**
   * What is promised for the execution. `"hidden"`: as if nothing had happened, no body runs again, as
   * long as the AWS client has attempts left. `"completes"`: the right result, at-least-once and
   * at-most-once as promised. `"fails"`: it ends, as FAILED, unless it was a page of the state that was
   * refused.
   */
  readonly promise: "hidden" | "completes" | "fails";
  /** How often in a row it strikes in the suite; the AWS client makes three attempts. Default: once. */
  readonly times?: readonly number[];
  /**
   * Only a client that gives up waiting notices. `"impatient"`: the suite's clients do so after a few
   * seconds. `"patient"`: it is tried only with the SDK's own client, and waits as long as that does.
   */
  readonly silence?: "impatient" | "patient";
}

const refuse = (
  status: number,
  exception: string,
  promise: FaultKind["promise"],
  { message = "The proxy refuses this request.", times = [1, 3] } = {},
): FaultKind => ({
  target: "request",
  fault: { does: "refuse", status, exception, message },
  title: `${status} ${exception}`,
  promise,
  times,
});

const rewrite = (to: Rewrite, target: "checkpoint" | "state", title: string): FaultKind => ({
  target,
  fault: { does: "rewrite", to },
  title,
  promise: "completes",
});

export const faultKinds = {
  "429": refuse(429, "TooManyRequestsException", "hidden"),
  "429-throttling": refuse(429, "ThrottlingException", "hidden"),
  "500": refuse(500, "ServiceException", "hidden"),
  "502": refuse(502, "EC2UnexpectedException", "hidden"),
  "503": refuse(503, "ServiceUnavailableException", "hidden"),
  "408": refuse(408, "RequestTimeoutException", "hidden"),
  "409": refuse(409, "ResourceConflictException", "completes"),
  expired: refuse(403, "ExpiredTokenException", "completes", {
    message: "The security token included in the request is expired",
  }),
  skew: refuse(403, "InvalidSignatureException", "hidden", {
    message: "Signature expired: 20250101T000000Z is now earlier than 20250101T000500Z",
  }),

  reset: {
    target: "request",
    fault: { does: "reset", applied: false },
    title: "connection reset, not applied",
    promise: "hidden",
    times: [1, 3],
  },
  "reset-applied": {
    target: "request",
    fault: { does: "reset", applied: true },
    title: "connection reset, applied",
    promise: "hidden",
    times: [1, 3],
  },
  cut: {
    target: "request",
    fault: { does: "cut" },
    title: "response cut in its middle",
    promise: "hidden",
    times: [1, 3],
  },
  lost: {
    target: "request",
    fault: { does: "lose" },
    title: "response lost",
    promise: "hidden",
    times: [1, 3],
    silence: "impatient",
  },
  stalled: {
    target: "request",
    fault: { does: "stall" },
    title: "response stalls after its headers",
    promise: "hidden",
    times: [1, 3],
    silence: "impatient",
  },
  trickled: {
    target: "request",
    fault: { does: "trickle" },
    title: "response trickles in, without end",
    promise: "hidden",
    silence: "patient",
  },
  slow: {
    target: "request",
    fault: { does: "delay" },
    title: "slow response",
    promise: "hidden",
  },

  "no-token": rewrite("no-token", "checkpoint", "no CheckpointToken"),
  "empty-token": rewrite("empty-token", "checkpoint", "empty CheckpointToken"),
  "no-state": rewrite("no-state", "checkpoint", "no NewExecutionState"),
  "repeated-marker": rewrite("repeated-marker", "state", "page repeats its marker"),
  "empty-page": rewrite("empty-page", "state", "page without operations"),

  "400": refuse(400, "InvalidParameterValueException", "fails", { times: [1] }),
  "403": refuse(403, "AccessDeniedException", "fails", { times: [1] }),
  "404": refuse(404, "ResourceNotFoundException", "fails", { times: [1] }),
  // A fault of the server to the AWS client, which tries again.
  kms: refuse(502, "KMSDisabledException", "fails", { times: [3] }),

  kill: {
    target: "request",
    fault: { does: "kill", applied: false },
    title: "SIGKILL before the request is applied",
    promise: "completes",
  },
  "kill-applied": {
    target: "request",
    fault: { does: "kill", applied: true },
    title: "SIGKILL after the request is applied",
    promise: "completes",
  },
  "kill-in-body": {
    target: "body",
    fault: { does: "kill-in-body" },
    title: "SIGKILL in a step's body",
    promise: "completes",
  },
  "kill-at-answer": {
    target: "answer",
    fault: { does: "kill-at-answer" },
    title: "SIGKILL before the answer is delivered",
    promise: "completes",
  },
} as const satisfies Readonly<Record<string, FaultKind>>;

export type FaultName = keyof typeof faultKinds;

/** As the table has it, with the type that all of them have. */
export function kindOf(name: FaultName): FaultKind {
  return faultKinds[name];
}

export function isFaultName(text: string): text is FaultName {
  return Object.hasOwn(faultKinds, text);
}
