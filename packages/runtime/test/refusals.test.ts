import { describe, expect, test } from "vitest";
import { ServiceCallError, withDurableExecution } from "../src/index.ts";
import { type LambdaAnswer, type LambdaRequest, startFakeLambda } from "./support/fake-lambda.ts";
import { clientOf, event, oneStep, rejectionOf, startedAt } from "./support/lambda-invocation.ts";

const refused = (status: number, error: string, message: string): LambdaAnswer => ({
  status,
  error,
  body: { Type: "User", message, Message: message },
});

const isPage = ({ method }: LambdaRequest): boolean => method === "GET";

/** What becomes of the first checkpoint of an invocation. */
async function invokedWith(answer: LambdaAnswer): Promise<unknown> {
  await using lambda = await startFakeLambda(() => answer);
  return await withDurableExecution(oneStep, { client: clientOf(lambda) })(event());
}

describe("a checkpoint that is wrong", () => {
  test.for([
    refused(400, "InvalidParameterValueException", "Updates: too many."),
    refused(400, "InvalidRequestContentException", "No JSON."),
    refused(400, "ValidationException", "Not like this."),
    refused(403, "AccessDeniedException", "Not yours."),
    refused(404, "ResourceNotFoundException", "No such execution."),
    refused(413, "RequestTooLargeException", "Too large."),
    refused(415, "UnsupportedMediaTypeException", "No JSON."),
    refused(502, "KMSAccessDeniedException", "No key."),
    refused(502, "KMSDisabledException", "No key."),
    refused(502, "KMSInvalidStateException", "No key."),
    refused(502, "KMSNotFoundException", "No key."),
  ])("fails the execution, with the service's reason: %j", async (answer) => {
    expect(await invokedWith(answer)).toMatchObject({
      Status: "FAILED",
      Error: {
        ErrorType: "ServiceCallError",
        ErrorMessage: expect.stringContaining(
          (answer.body as { message: string }).message,
        ) as string,
      },
    });
  });

  test.for([
    { status: 413, body: "" },
    { status: 413, body: "<html>Too large.</html>" },
  ])(
    "fails it, too, when something on the way to the service finds it too large: %j",
    async (answer) => {
      expect(await invokedWith(answer)).toMatchObject({ Status: "FAILED" });
    },
  );
});

describe("a refusal that may pass", () => {
  test.for([
    refused(408, "RequestTimeoutException", "Too slow."),
    refused(409, "ResourceConflictException", "Somebody else is at it."),
    refused(409, "SomethingElseException", "Somebody else is at it."),
    refused(400, "ThrottlingException", "Slow down."),
    refused(400, "RequestLimitExceeded", "Slow down."),
    refused(429, "TooManyRequestsException", "Slow down."),
    refused(400, "ExpiredTokenException", "The security token is expired."),
    refused(403, "ExpiredTokenException", "The security token is expired."),
    refused(401, "UnrecognizedClientException", "The security token is invalid."),
    refused(403, "UnrecognizedClientException", "The security token is invalid."),
    refused(403, "InvalidSignatureException", "Signature expired: 10 minutes ago."),
    refused(403, "SignatureDoesNotMatch", "Signature not yet current."),
    refused(400, "RequestExpired", "Too late."),
    refused(403, "RequestTimeTooSkewed", "What time is it?"),
    refused(500, "ServiceException", "Our fault."),
    refused(502, "SomethingElseException", "Not now."),
    refused(503, "ServiceUnavailable", "Not now."),
  ])("rejects, so that Lambda invokes again: %j", async (answer) => {
    const error = await rejectionOf(invokedWith(answer));
    expect(ServiceCallError.is(error)).toBe(true);
    expect(error).toMatchObject({
      cause: { name: answer.error, $metadata: { httpStatusCode: answer.status } },
    });
  });

  test.for([
    { status: 400, body: "" },
    { status: 403, body: "<html>Forbidden</html>" },
    { status: 404, body: "{}" },
    { status: 408, body: "" },
    { status: 429, body: "" },
    { status: 502, body: "<html>Bad gateway</html>" },
  ])("includes whatever is not the service's own word: %j", async (answer) => {
    expect(ServiceCallError.is(await rejectionOf(invokedWith(answer)))).toBe(true);
  });
});

describe("a checkpoint token that another invocation has used", () => {
  test("ends this invocation and leaves the execution alone", async () => {
    const answer = refused(400, "InvalidParameterValueException", "Invalid Checkpoint Token: t-1");
    const error = await rejectionOf(invokedWith(answer));
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).message).toContain("Another invocation of this execution has gone on");
  });
});

describe("a client of one's own, whose errors have a name and nothing else", () => {
  const invokedBy = (name: string, message: string): Promise<unknown> => {
    const error = Object.assign(new Error(message), { name });
    const client = {
      checkpoint: () => Promise.reject(error),
      getExecutionState: async () => ({}),
    };
    return withDurableExecution(oneStep, { client })(event());
  };

  test("fails the execution with what would be refused again", async () => {
    expect(await invokedBy("InvalidParameterValueException", "Updates: too many.")).toMatchObject({
      Status: "FAILED",
      Error: { ErrorMessage: expect.stringContaining("Updates: too many.") as string },
    });
  });

  test("ends the invocation whose token has been used", async () => {
    const error = await rejectionOf(
      invokedBy("InvalidParameterValueException", "Invalid Checkpoint Token: t-1"),
    );
    expect((error as Error).message).toContain("Another invocation of this execution has gone on");
  });

  test.for(["ThrottlingException", "SomethingElseException"])(
    "rejects with what may pass: %s",
    async (name) => {
      expect(ServiceCallError.is(await rejectionOf(invokedBy(name, "Not now.")))).toBe(true);
    },
  );
});

describe("a page of the state that is not given", () => {
  const refusals = [
    refused(400, "InvalidParameterValueException", "Invalid Marker."),
    refused(403, "AccessDeniedException", "Not yours."),
    refused(500, "ServiceException", "Our fault."),
  ];

  test.for(refusals)("rejects, whatever the reason: %j", async (answer) => {
    await using lambda = await startFakeLambda(() => answer);
    const handler = withDurableExecution(oneStep, { client: clientOf(lambda) });
    const error = await rejectionOf(handler(event("m")));
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).message).toContain("did not give the rest of the execution's state");
    expect(error).toMatchObject({ cause: { name: answer.error } });
  });

  test.for(refusals)(
    "rejects as well when the answer to a checkpoint ends in the middle: %j",
    async (answer) => {
      await using lambda = await startFakeLambda((request) =>
        isPage(request)
          ? answer
          : { body: { CheckpointToken: "t-2", NewExecutionState: { NextMarker: "m" } } },
      );
      const handler = withDurableExecution(oneStep, { client: clientOf(lambda) });
      const error = await rejectionOf(handler(event()));
      expect(ServiceCallError.is(error)).toBe(true);
      expect((error as Error).message).toContain("did not give the rest of the execution's state");
      expect(error).toMatchObject({ cause: { name: answer.error } });
    },
  );

  test.for([
    ["m", "m"],
    ["m", "n", "m"],
    ["m", "n", "o", "n"],
  ])("because the markers %j lead in a circle rejects, and names the marker", async (markers) => {
    const rest = [...markers];
    await using lambda = await startFakeLambda(() => {
      const Operations = [{ Id: "1", Type: "WAIT", Status: "STARTED", StartTimestamp: startedAt }];
      return { body: { Operations, NextMarker: rest.shift() } };
    });
    const first = rest.shift();
    const handler = withDurableExecution(oneStep, { client: clientOf(lambda) });
    const error = await rejectionOf(handler(event(first)));
    expect(ServiceCallError.is(error)).toBe(true);
    expect((error as Error).message).toContain(`"${markers.at(-1)}"`);
    expect(lambda.requests).toHaveLength(markers.length - 1);
  });
});
