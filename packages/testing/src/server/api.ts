import { describeValue } from "@durabletest/runtime/protocol";
import type { DurableService, ExecutionDescription } from "./durable-service.ts";
import { ApiException, invalidParameter } from "./errors.ts";
import { historyPage } from "./history-page.ts";
import {
  decodeSegment,
  type Query,
  readCheckpoint,
  readError,
  readPayload,
  readQuery,
} from "./wire.ts";

/** A request, as far as this API looks at it. */
export interface ApiRequest {
  readonly method: string;
  /** As it was sent: path and query, percent-encoded. */
  readonly target: string;
  readonly contentType: string | undefined;
  readonly body: Uint8Array;
}

interface Call {
  readonly service: DurableService;
  /** What the path names: an ARN, a callback id, a function. */
  readonly subject: string;
  readonly query: Query;
  readonly body: Uint8Array;
}

interface Route {
  readonly method: "GET" | "POST";
  /** `*` stands for the subject. */
  readonly path: readonly string[];
  /** What the body must be, if the request has one. */
  readonly body: "none" | "json" | "bytes";
  readonly answer: (call: Call) => object;
}

/** Source: the Lambda API's model. */
const ROUTES: readonly Route[] = [
  route("POST", "durable-executions/*/checkpoint", "json", ({ service, subject, body }) =>
    service.checkpoint(readCheckpoint(body, subject)),
  ),
  route("GET", "durable-executions/*/state", "none", ({ service, subject, query }) =>
    service.executionState({
      DurableExecutionArn: subject,
      CheckpointToken: query.text("CheckpointToken") ?? "",
      Marker: query.text("Marker"),
      MaxItems: query.maxItems(),
    }),
  ),
  route("GET", "durable-executions/*/history", "none", ({ service, subject, query }) =>
    historyPage(service.history(subject), {
      maxItems: query.maxItems(),
      marker: query.text("Marker"),
      reverseOrder: query.flag("ReverseOrder") ?? false,
      includeExecutionData: query.flag("IncludeExecutionData") ?? true,
    }),
  ),
  route("GET", "durable-executions/*", "none", ({ service, subject, query }) =>
    describe(service.execution(subject), query.flag("IncludeExecutionData") ?? true),
  ),
  route("POST", "durable-executions/*/stop", "json", ({ service, subject, body }) => ({
    StopTimestamp: service.stop(subject, readError(body)),
  })),
  route("GET", "functions/*/durable-executions", "none", listExecutions),
  route("POST", "durable-execution-callbacks/*/succeed", "bytes", ({ service, subject, body }) => {
    service.moveCallback(subject, { kind: "success", payload: readPayload(body) });
    return {};
  }),
  route("POST", "durable-execution-callbacks/*/fail", "json", ({ service, subject, body }) => {
    service.moveCallback(subject, { kind: "failure", error: readError(body) ?? {} });
    return {};
  }),
  route("POST", "durable-execution-callbacks/*/heartbeat", "none", ({ service, subject }) => {
    service.moveCallback(subject, { kind: "heartbeat" });
    return {};
  }),
];

function route(
  method: Route["method"],
  path: string,
  body: Route["body"],
  answer: Route["answer"],
): Route {
  return { method, path: ["", "2025-12-01", ...path.split("/")], body, answer };
}

/**
 * Tells the service of a request whose body has not been read yet.
 *
 * @returns what it asks of an execution, if it is about one.
 */
export function announceRequest(
  service: DurableService,
  { target, userAgent = "" }: { readonly target: string; readonly userAgent: string | undefined },
): string | undefined {
  const [path = ""] = target.split("?");
  const [, , subject, arn, what] = path.split("/");
  if (subject !== "durable-executions" || arn === undefined) return undefined;
  service.requested(decodeSegment(arn), userAgent);
  return what;
}

/**
 * Answers one request of the Lambda durable execution API.
 *
 * @returns what the answer's body says.
 * @throws ApiException, and what the service throws.
 */
export function answerRequest(service: DurableService, request: ApiRequest): object {
  const { method, target, body } = request;
  const queryStart = target.indexOf("?");
  const path = queryStart === -1 ? target : target.slice(0, queryStart);
  const segments = path.split("/");
  const routes = ROUTES.filter((candidate) => fits(candidate.path, segments));
  if (routes.length === 0) {
    throw new ApiException(
      "UnknownOperationException",
      `This server has no ${describeValue(`${method} ${path}`)}. It knows Lambda's operations of durable executions and their callbacks; ARNs and ids in a path are percent-encoded.`,
    );
  }
  const found = routes.find((candidate) => candidate.method === method);
  if (found === undefined) {
    throw new ApiException(
      "MethodNotAllowedException",
      `${describeValue(path)} takes ${routes.map((candidate) => candidate.method).join(" or ")}, not ${describeValue(method)}.`,
    );
  }
  if (found.body === "json" && body.length > 0) checkMediaType(request.contentType);
  const subject = decodeSegment(segments[found.path.indexOf("*")] ?? "");
  const query = readQuery(queryStart === -1 ? "" : target.slice(queryStart + 1));
  return found.answer({ service, subject, query, body });
}

function fits(path: readonly string[], segments: readonly string[]): boolean {
  return (
    path.length === segments.length &&
    path.every((part, index) => (part === "*" ? segments[index] !== "" : part === segments[index]))
  );
}

function checkMediaType(contentType: string | undefined): void {
  const [type = ""] = (contentType ?? "application/json").split(";");
  if (/^application\/(?:[\w.-]+\+)?json$/i.test(type.trim())) return;
  throw new ApiException(
    "UnsupportedMediaTypeException",
    `The body is ${describeValue(contentType)}; it must be application/json.`,
  );
}

function describe(execution: ExecutionDescription, includeExecutionData: boolean): object {
  const { input, result, error, timeoutSeconds } = execution;
  return {
    ...summarize(execution),
    Version: execution.version,
    ExecutionDataIncluded: includeExecutionData,
    ...(includeExecutionData ? { InputPayload: input, Result: result, Error: error } : {}),
    ...(timeoutSeconds === undefined
      ? {}
      : { DurableConfig: { ExecutionTimeout: timeoutSeconds } }),
  };
}

function summarize(execution: ExecutionDescription): object {
  return {
    DurableExecutionArn: execution.arn,
    DurableExecutionName: execution.name,
    FunctionArn: execution.functionArn,
    Status: execution.status,
    StartTimestamp: execution.startedAt,
    EndTimestamp: execution.endedAt,
  };
}

/** The newest first, as the API has it. */
function listExecutions({ service, subject, query }: Call): object {
  const qualifier = query.text("Qualifier");
  const name = query.text("DurableExecutionName");
  const statuses = query.texts("Statuses");
  const startedAfter = query.time("StartedAfter");
  const startedBefore = query.time("StartedBefore");
  const wanted = service
    .executionsOf(subject)
    .filter(
      (execution) =>
        (qualifier === undefined || execution.version === qualifier) &&
        (name === undefined || execution.name === name) &&
        (statuses.length === 0 || statuses.includes(execution.status)) &&
        (startedAfter === undefined || execution.startedAt > startedAfter) &&
        (startedBefore === undefined || execution.startedAt < startedBefore),
    );
  const listed = query.flag("ReverseOrder") === true ? wanted : wanted.toReversed();
  const maxItems = query.maxItems();
  const marker = query.text("Marker");
  const from = marker === undefined ? 0 : listed.findIndex(({ arn }) => arn === marker);
  if (from === -1) invalidParameter(`Invalid Marker: ${describeValue(marker)}`);
  return {
    DurableExecutions: listed.slice(from, from + maxItems).map(summarize),
    NextMarker: listed[from + maxItems]?.arn,
  };
}
