import type {
  OperationAction,
  OperationStatus,
  OperationType,
  OperationUpdate,
} from "@durabletest/runtime/protocol";
import { refuse } from "./service-error.ts";
import { NAME, SUBTYPE, validateText } from "./text-rules.ts";
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
  const { limits } = state.setup;
  if (updates.length > limits.batchUpdates) {
    refuse(`A checkpoint takes ${limits.batchUpdates} updates, not ${updates.length}.`);
  }
  const inBatch = new Map<string, Known>();
  let bytes = 0;
  for (const [index, update] of updates.entries()) {
    const known = inBatch.get(update.Id) ?? knownIn(state, update.Id);
    validateUpdate(state, update, known, index === updates.length - 1);
    if (inBatch.has(update.Id) && !isClosedByHandlers(update)) {
      refuse(`Operation ${nameOf(state, update)} is updated twice in one checkpoint.`);
    }
    validateParent(state, update, inBatch);
    bytes += validateSizes(state, update);
    inBatch.set(update.Id, { type: update.Type, status: statusAfter(update.Action) });
  }
  // One alone can be as large as its parts may be: there is no smaller checkpoint to send.
  if (updates.length > 1 && bytes > limits.batchBytes) {
    refuse(`A checkpoint takes ${limits.batchBytes} bytes, not ${bytes}.`);
  }
}

function validateUpdate(
  state: ExecutionState,
  update: OperationUpdate,
  known: Known | undefined,
  isLast: boolean,
): void {
  const { limits } = state.setup;
  const { Id, Type, Action, Name, SubType, Payload, Error: error } = update;
  if (typeof Id !== "string" || Id === "") refuse("An update has no Id.");
  validateText(Name, `The name of ${Id}`, { ...NAME, most: limits.nameLength });
  validateText(SubType, `The subtype of ${Id}`, SUBTYPE);
  const states = legal[Type]?.[Action];
  if (states === undefined)
    refuse(`${Type} operation ${nameOf(state, update)} knows no action ${Action}.`);
  if (known !== undefined && known.type !== Type) {
    refuse(`Operation ${nameOf(state, update)} is a ${known.type}, not a ${Type}.`);
  }
  const status = known?.status ?? "absent";
  if (!states.includes(status)) {
    refuse(
      `${Action} is not possible for ${Type} operation ${nameOf(state, update)}, which is ${status}.`,
    );
  }
  if (Type === "EXECUTION" && !isLast)
    refuse("The EXECUTION update must be the last of its batch.");
  if (Action === "FAIL" && Payload !== undefined) {
    refuse(`FAIL of ${nameOf(state, update)} carries a Payload.`);
  }
  if (Action === "SUCCEED" && error !== undefined) {
    refuse(`SUCCEED of ${nameOf(state, update)} carries an Error.`);
  }
  validateOptions(state, update);
}

function validateOptions(state: ExecutionState, update: OperationUpdate): void {
  const { Type, Action } = update;
  const { durationSeconds, waitSeconds } = state.setup.limits;
  const wait = { min: 1, max: waitSeconds };
  if (Action === "RETRY") {
    const { NextAttemptDelaySeconds } = update.StepOptions ?? {};
    validateSeconds(state, update, { NextAttemptDelaySeconds }, wait);
  }
  if (Action !== "START") return;
  if (Type === "WAIT") {
    const { WaitSeconds } = update.WaitOptions ?? {};
    validateSeconds(state, update, { WaitSeconds }, wait);
  }
  if (Type === "CHAINED_INVOKE") {
    const { FunctionName = "" } = update.ChainedInvokeOptions ?? {};
    if (FunctionName === "") refuse(`CHAINED_INVOKE ${nameOf(state, update)} names no function.`);
  }
  if (Type === "CALLBACK") {
    const deadline = { min: 0, max: durationSeconds };
    const { TimeoutSeconds = 0, HeartbeatTimeoutSeconds = 0 } = update.CallbackOptions ?? {};
    validateSeconds(state, update, { TimeoutSeconds, HeartbeatTimeoutSeconds }, deadline);
  }
}

/** @param options - by name. */
function validateSeconds(
  state: ExecutionState,
  update: OperationUpdate,
  options: Readonly<Record<string, number | undefined>>,
  { min, max }: { readonly min: number; readonly max: number },
): void {
  for (const [option, seconds] of Object.entries(options)) {
    if (seconds !== undefined && Number.isInteger(seconds) && seconds >= min && seconds <= max)
      continue;
    refuse(
      `${option} of ${nameOf(state, update)} is ${seconds}; it must be whole seconds from ${min} to ${max}.`,
    );
  }
}

function validateParent(
  state: ExecutionState,
  update: OperationUpdate,
  inBatch: ReadonlyMap<string, Known>,
): void {
  const { ParentId } = update;
  if (ParentId === undefined) return;
  const parent = inBatch.get(ParentId) ?? knownIn(state, ParentId);
  if (parent?.type !== "CONTEXT") {
    refuse(`The parent ${ParentId} of ${nameOf(state, update)} is no known CONTEXT.`);
  }
}

/** Bytes the update counts for. */
function validateSizes(state: ExecutionState, update: OperationUpdate): number {
  const { Type, Payload, Error: error } = update;
  const { payloadBytes, errorBytes: maxErrorBytes } = state.setup.limits;
  const payload = Payload === undefined ? 0 : Buffer.byteLength(Payload);
  if (payload > payloadBytes && Type !== "EXECUTION") {
    refuse(
      `The payload of ${nameOf(state, update)} has ${payload} bytes; the limit is ${payloadBytes}.`,
    );
  }
  const errorBytes = error === undefined ? 0 : Buffer.byteLength(JSON.stringify(error));
  if (errorBytes > maxErrorBytes) {
    refuse(
      `The error of ${nameOf(state, update)} has ${errorBytes} bytes; the limit is ${maxErrorBytes}.`,
    );
  }
  return Type === "EXECUTION" ? 0 : payload + errorBytes;
}

/**
 * An operation as its author knows it: `"charge"`, or `4f2a… in "approval"`; ids are hashes.
 */
function nameOf({ operations }: ExecutionState, { Id, Name, ParentId }: OperationUpdate): string {
  const known = operations.get(Id)?.operation;
  const name = Name ?? known?.Name;
  if (name !== undefined) return JSON.stringify(name);
  for (let id = ParentId ?? known?.ParentId; id !== undefined;) {
    const around = operations.get(id)?.operation;
    if (around?.Name !== undefined) return `${Id} in ${JSON.stringify(around.Name)}`;
    id = around?.ParentId;
  }
  return Id;
}

function knownIn(state: ExecutionState, id: string): Known | undefined {
  const record = state.operations.get(id);
  return record && { type: record.operation.Type, status: record.operation.Status };
}

/** Whether a handler may close it where it has started it: others are closed by time or the world. */
function isClosedByHandlers({ Type }: OperationUpdate): boolean {
  return Type === "STEP" || Type === "CONTEXT";
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
