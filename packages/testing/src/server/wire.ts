import type { CheckpointRequest, ErrorObject } from "@durabletest/runtime";
import { describeValue, OperationType } from "@durabletest/runtime/protocol";
import * as z from "zod/mini";
import { pathText } from "../input/schema.ts";
import { ApiException, invalidParameter } from "./errors.ts";

/**
 * How values travel in this API: JSON in both directions, timestamps as epoch seconds in bodies and as
 * ISO 8601 in queries, what is absent left out.
 *
 * A request is read field by field: known fields of the right type are taken, others never looked at.
 *
 * Source: the Lambda API's model, restJson1.
 */

/** A field that may be left out, or be null. */
const field = <Schema extends z.ZodMiniType>(schema: Schema) =>
  z.pipe(
    z.nullish(schema),
    z.transform((value) => value ?? undefined),
  );

const errorObject = z.object({
  ErrorMessage: field(z.string()),
  ErrorType: field(z.string()),
  ErrorData: field(z.string()),
  StackTrace: field(z.array(z.string())),
});

const operationUpdate = z.object({
  Id: z.string(),
  ParentId: field(z.string()),
  Name: field(z.string()),
  Type: z.enum(OperationType),
  SubType: field(z.string()),
  Action: z.enum(["START", "SUCCEED", "FAIL", "RETRY", "CANCEL"]),
  Payload: field(z.string()),
  Error: field(errorObject),
  ContextOptions: field(z.object({ ReplayChildren: field(z.boolean()) })),
  StepOptions: field(z.object({ NextAttemptDelaySeconds: field(z.number()) })),
  WaitOptions: field(z.object({ WaitSeconds: field(z.number()) })),
  CallbackOptions: field(
    z.object({ TimeoutSeconds: field(z.number()), HeartbeatTimeoutSeconds: field(z.number()) }),
  ),
  ChainedInvokeOptions: field(
    z.object({ FunctionName: field(z.string()), TenantId: field(z.string()) }),
  ),
});

const checkpointBody = z.object({
  CheckpointToken: z.string(),
  ClientToken: field(z.string()),
  Updates: field(z.array(operationUpdate)),
});

/**
 * The body of a CheckpointDurableExecution.
 *
 * @throws ApiException
 */
export function readCheckpoint(body: Uint8Array, arn: string): CheckpointRequest {
  return { DurableExecutionArn: arn, ...read(checkpointBody, parseJson(body)) };
}

/**
 * An ErrorObject that is a whole body; undefined when there is none.
 *
 * @throws ApiException
 */
export function readError(body: Uint8Array): ErrorObject | undefined {
  if (body.length === 0) return undefined;
  const { Error: error } = read(z.object({ Error: field(errorObject) }), {
    Error: parseJson(body),
  });
  const present = Object.entries(error ?? {}).filter(([, value]) => value !== undefined);
  // Some clients send an empty object for no error at all.
  return present.length === 0 ? undefined : Object.fromEntries(present);
}

/**
 * A payload that is a whole body, as it is; undefined when there is none.
 *
 * @throws ApiException
 */
export function readPayload(body: Uint8Array): string | undefined {
  return body.length === 0 ? undefined : decodeText(body, "InvalidParameterValueException");
}

/** An answer's body. */
export function writeJson(value: object): string {
  return JSON.stringify(toWire(value));
}

/** Parameters of a query, by name. */
export interface Query {
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  /** @throws ApiException */
  flag(name: string): boolean | undefined;
  /** @throws ApiException */
  time(name: string): Date | undefined;
  /**
   * How many items a page may have.
   *
   * @throws ApiException
   */
  maxItems(): number;
}

/** Pages are as long as this when nobody says otherwise, and never longer than that. */
const PAGE = { items: 100, maxItems: 1000 };

export function readQuery(search: string): Query {
  const parameters = new URLSearchParams(search);
  const text = (name: string): string | undefined => parameters.get(name) ?? undefined;
  return {
    text,
    texts: (name) => parameters.getAll(name),
    flag(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      if (value === "true" || value === "false") return value === "true";
      return invalidParameter(`${name} is ${describeValue(value)}; it must be true or false.`);
    },
    time(name) {
      const value = text(name);
      if (value === undefined) return undefined;
      const time = new Date(/^\d+(?:\.\d+)?$/.test(value) ? Number(value) * 1000 : value);
      if (!Number.isNaN(time.getTime())) return time;
      return invalidParameter(`${name} is ${describeValue(value)}; it must be an ISO 8601 time.`);
    },
    maxItems() {
      const value = text("MaxItems") ?? "0";
      const count = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
      if (count <= PAGE.maxItems) return count === 0 ? PAGE.items : count;
      return invalidParameter(
        `MaxItems is ${describeValue(value)}; it must be a whole number from 0 to ${PAGE.maxItems}.`,
      );
    },
  };
}

/**
 * One segment of a path, without its percent-encoding.
 *
 * @throws ApiException
 */
export function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return invalidParameter(`${describeValue(segment)} in the path is not percent-encoded UTF-8.`);
  }
}

function parseJson(body: Uint8Array): unknown {
  const text = decodeText(body, "InvalidRequestContentException");
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ApiException(
      "InvalidRequestContentException",
      `The body of the request is no JSON: ${cause instanceof Error ? cause.message : ""}`,
      { cause },
    );
  }
}

function decodeText(
  body: Uint8Array,
  refusal: "InvalidParameterValueException" | "InvalidRequestContentException",
): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body);
  } catch (cause) {
    throw new ApiException(refusal, "The body of the request is no UTF-8.", { cause });
  }
}

function read<Schema extends z.ZodMiniType>(schema: Schema, value: unknown): z.output<Schema> {
  const parsed = z.safeParse(schema, value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const path = pathText(issue?.path ?? []);
  return invalidParameter(`${path === "" ? "The body" : path} ${expectation(issue)}.`);
}

function expectation(issue: z.core.$ZodIssue | undefined): string {
  if (issue?.code === "invalid_type") return `must be of type ${issue.expected}`;
  if (issue?.code === "invalid_value")
    return `must be one of ${issue.values.map(String).join(", ")}`;
  return "is not valid";
}

function toWire(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (isDate(value)) return value.getTime() / 1000;
  if (Array.isArray(value)) return value.map(toWire);
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, toWire(inner)]));
}

function isDate(value: object): value is Date {
  return Object.prototype.toString.call(value) === "[object Date]";
}
