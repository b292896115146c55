import type {
  OperationAction,
  OperationStatus,
  OperationType,
  OperationUpdate,
  ServiceLimits,
} from "@durabletest/runtime/protocol";
import { ServiceException } from "./service-error.ts";
import type { ExecutionState } from "./state.ts";

/** Which actions a type of operation knows, and in which states they are legal. */
const legal: Record<
  OperationType,
  Partial<Record<OperationAction, readonly (OperationStatus | "absent")[]>>
> = {
  STEP: {
    START: ["absent", "READY"],
    SUCCEED: ["absent", "STARTED", "READY"],
    FAIL: ["absent", "STARTED", "READY"],
    RETRY: ["absent", "STARTED", "READY"],
  },
  CONTEXT: { START: ["absent"], SUCCEED: ["absent", "STARTED"], FAIL: ["absent", "STARTED"] },
  WAIT: { START: ["absent"], CANCEL: ["STARTED"] },
  CALLBACK: { START: ["absent"], CANCEL: ["STARTED"] },
  CHAINED_INVOKE: { START: ["absent"], CANCEL: ["STARTED"] },
  EXECUTION: { SUCCEED: ["absent"], FAIL: ["absent"] },
};

interface Known {
  readonly type: OperationType;
  readonly status: OperationStatus;
}

/**
 * Refuses a batch that the service would refuse. All or nothing: it runs before anything is applied.
 *
 * @throws ServiceException
 */
export function validateBatch(state: ExecutionState, updates: readonly OperationUpdate[]): void {
  if (updates.length === 0) return;
  const { limits } = state.setup;
  if (updates.length > limits.batchUpdates) {
    refuse(`A checkpoint takes ${limits.batchUpdates} updates, not ${updates.length}.`);
  }
  const [only] = updates;
  if (updates.length === 1 && only !== undefined) {
    validateUpdate(state, only, knownIn(state, only.Id), true);
    validateParent(state, only, undefined);
    validateSizes(only, limits);
    return;
  }
  const inBatch = new Map<string, Known>();
  let bytes = 0;
  for (const [index, update] of updates.entries()) {
    const known = inBatch.get(update.Id) ?? knownIn(state, update.Id);
    validateUpdate(state, update, known, index === updates.length - 1);
    if (inBatch.has(update.Id) && !closesWhatTheBatchStarted(update)) {
      refuse(`Operation ${update.Id} is updated twice in one checkpoint.`);
    }
    validateParent(state, update, inBatch);
    bytes += validateSizes(update, limits);
    inBatch.set(update.Id, { type: update.Type, status: statusAfter(update.Action) });
  }
  if (bytes > limits.batchBytes) {
    refuse(`A checkpoint takes ${limits.batchBytes} bytes, not ${bytes}.`);
  }
}

function validateUpdate(
  { setup: { limits } }: ExecutionState,
  update: OperationUpdate,
  known: Known | undefined,
  isLast: boolean,
): void {
  const { Id, Type, Action, Name, SubType, Payload, Error: error } = update;
  if (typeof Id !== "string" || Id === "") refuse("An update has no Id.");
  validateText(Name, `The name of ${Id}`, { ...NAME, most: limits.nameLength });
  validateText(SubType, `The subtype of ${Id}`, SUBTYPE);
  const states = legal[Type]?.[Action];
  if (states === undefined) refuse(`${Type} operation ${Id} knows no action ${Action}.`);
  if (known !== undefined && known.type !== Type) {
    refuse(`Operation ${Id} is a ${known.type}, not a ${Type}.`);
  }
  const status = known?.status ?? "absent";
  if (!states.includes(status)) {
    refuse(`${Action} is not possible for ${Type} operation ${Id}, which is ${status}.`);
  }
  if (Type === "EXECUTION" && !isLast)
    refuse("The EXECUTION update must be the last of its batch.");
  if (Action === "FAIL" && Payload !== undefined) refuse(`FAIL of ${Id} carries a Payload.`);
  if (Action === "SUCCEED" && error !== undefined) refuse(`SUCCEED of ${Id} carries an Error.`);
  validateOptions(update, limits);
}

interface TextRule {
  /** One character that is allowed. */
  readonly character: RegExp;
  readonly wanted: string;
  /** Characters. */
  readonly most: number;
}

const NAME: Omit<TextRule, "most"> = {
  character: /[\x20-\x7E]/,
  wanted: "printable ASCII, from the blank to the tilde",
};

const SUBTYPE: TextRule = {
  character: /[a-zA-Z_-]/,
  wanted: "letters, hyphens and underscores",
  most: 32,
};

function validateText(
  text: string | undefined,
  what: string,
  { character, wanted, most }: TextRule,
): void {
  if (text === undefined) return;
  if (text === "") refuse(`${what} is empty; it must have 1 to ${most} characters.`);
  if (text.length > most) {
    refuse(`${what} has ${text.length} characters; the limit is ${most}.`);
  }
  const wrong = [...text].find((each) => !character.test(each));
  if (wrong === undefined) return;
  const codePoint = wrong.codePointAt(0)?.toString(16).toUpperCase().padStart(4, "0");
  refuse(
    `${what}, ${JSON.stringify(text)}, has the character ${JSON.stringify(wrong)} (U+${codePoint}); it takes ${wanted}.`,
  );
}

function validateOptions(
  update: OperationUpdate,
  { durationSeconds, waitSeconds }: ServiceLimits,
): void {
  const { Id, Type, Action } = update;
  if (Action === "RETRY") {
    wholeSeconds(
      update.StepOptions?.NextAttemptDelaySeconds,
      { min: 1, max: waitSeconds },
      `NextAttemptDelaySeconds of ${Id}`,
    );
  }
  if (Action !== "START") return;
  if (Type === "WAIT") {
    const range = { min: 1, max: waitSeconds };
    wholeSeconds(update.WaitOptions?.WaitSeconds, range, `WaitSeconds of ${Id}`);
  }
  if (Type === "CHAINED_INVOKE") {
    const { FunctionName = "" } = update.ChainedInvokeOptions ?? {};
    if (FunctionName === "") refuse(`CHAINED_INVOKE ${Id} names no function.`);
  }
  if (Type === "CALLBACK") {
    const { TimeoutSeconds = 0, HeartbeatTimeoutSeconds = 0 } = update.CallbackOptions ?? {};
    const range = { min: 0, max: durationSeconds };
    wholeSeconds(TimeoutSeconds, range, `TimeoutSeconds of ${Id}`);
    wholeSeconds(HeartbeatTimeoutSeconds, range, `HeartbeatTimeoutSeconds of ${Id}`);
  }
}

function wholeSeconds(
  seconds: number | undefined,
  { min, max }: { readonly min: number; readonly max: number },
  what: string,
): void {
  if (seconds === undefined || !Number.isInteger(seconds) || seconds < min || seconds > max) {
    refuse(`${what} is ${seconds}; it must be whole seconds from ${min} to ${max}.`);
  }
}

function validateParent(
  state: ExecutionState,
  { Id, ParentId }: OperationUpdate,
  inBatch: ReadonlyMap<string, Known> | undefined,
): void {
  if (ParentId === undefined) return;
  const parent = inBatch?.get(ParentId) ?? knownIn(state, ParentId);
  if (parent?.type !== "CONTEXT") refuse(`The parent ${ParentId} of ${Id} is no known CONTEXT.`);
}

/** Bytes the update counts for. */
function validateSizes(
  { Id, Type, Payload, Error: error }: OperationUpdate,
  { payloadBytes, errorBytes: maxErrorBytes }: ServiceLimits,
): number {
  const payload = Payload === undefined ? 0 : Buffer.byteLength(Payload);
  if (payload > payloadBytes && Type !== "EXECUTION") {
    refuse(`The payload of ${Id} has ${payload} bytes; the limit is ${payloadBytes}.`);
  }
  const errorBytes = error === undefined ? 0 : Buffer.byteLength(JSON.stringify(error));
  if (errorBytes > maxErrorBytes) {
    refuse(`The error of ${Id} has ${errorBytes} bytes; the limit is ${maxErrorBytes}.`);
  }
  return Type === "EXECUTION" ? 0 : payload + errorBytes;
}

function knownIn(state: ExecutionState, id: string): Known | undefined {
  const record = state.operations.get(id);
  return record && { type: record.operation.Type, status: record.operation.Status };
}

function closesWhatTheBatchStarted({ Type, Action }: OperationUpdate): boolean {
  return (Type === "STEP" || Type === "CONTEXT") && Action !== "START";
}

function statusAfter(action: OperationAction): OperationStatus {
  switch (action) {
    case "START":
      return "STARTED";
    case "SUCCEED":
      return "SUCCEEDED";
    case "FAIL":
      return "FAILED";
    case "RETRY":
      return "PENDING";
    case "CANCEL":
      return "CANCELLED";
  }
}

function refuse(message: string): never {
  throw new ServiceException("InvalidParameterValueException", message);
}
