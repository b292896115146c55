/**
 * A sandbox, as Lambda has it: a process that is given events one by one, invokes its handler with each,
 * and answers. What the handler knows of the service is the environment.
 *
 * Run by `sandbox-process.ts`, which is at the other end of the channel.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { flushCompileCache } from "node:module";
import { LambdaClient } from "@aws-sdk/client-lambda";
import type { LambdaHandler } from "./handlers/bodies.ts";
import { isHandlerName } from "./handlers/specs.ts";
import type { FromSandbox, ToSandbox } from "./messages.ts";

const [runtime] = process.argv.slice(2);
const { handlers } =
  runtime === "aws" ? await import("./handlers/aws.ts") : await import("./handlers/durabletest.ts");

/** Of an invocation: 60 s, as `docs/deploying.md` has it. */
const TIMEOUT_MS = 60_000;

/**
 * Shorter than an SDK's own, so that a fault of silence does not cost a minute; long enough for a machine
 * that is busy with other things.
 */
const IMPATIENT = {
  connectionTimeout: 3_000,
  socketTimeout: 3_000,
  requestTimeout: 3_000,
  throwOnRequestTimeout: true,
};

const invocation = new AsyncLocalStorage<number>();
/** A warm sandbox keeps what it has made: by execution. */
const made = new Map<string, LambdaHandler>();
const noted = new Map<number, (count: number) => void>();
let effects = 0;

process.on("message", (message: ToSandbox) => {
  switch (message.kind) {
    case "go on":
      noted.get(message.id)?.(message.count);
      noted.delete(message.id);
      return;
    case "invoke":
      void invocation.run(message.id, () => invoke(message));
  }
});
// Lambda would end the sandbox; here the fault is noted, and the case fails.
process.on("unhandledRejection", (reason) => {
  tell({ kind: "unhandled", invocation: invocation.getStore(), error: String(reason) });
});
process.on("disconnect", () => process.exit());

async function invoke(message: ToSandbox & { readonly kind: "invoke" }): Promise<void> {
  const { id, event } = message;
  const startedAt = Date.now();
  const lambdaContext = {
    functionName: message.handler,
    functionVersion: "$LATEST",
    awsRequestId: `${process.pid}-${id}`,
    getRemainingTimeInMillis: () => Math.max(0, startedAt + TIMEOUT_MS - Date.now()),
  };
  try {
    const output = await handlerOf(message)(event as never, lambdaContext as never);
    // The next sandboxes start in half the time. One that is killed could not do so at its end.
    if (id === 1) flushCompileCache();
    tell({ kind: "answered", id, output });
  } catch (error) {
    tell({ kind: "rejected", id, error: String(error) });
  }
}

function handlerOf({ handler: name, event, impatient }: ToSandbox & { readonly kind: "invoke" }) {
  const arn = "DurableExecutionArn" in event ? String(event.DurableExecutionArn) : "";
  const known = made.get(arn);
  if (known !== undefined) return known;
  if (!isHandlerName(name)) throw new Error(`There is no handler "${name}".`);
  const client = impatient ? new LambdaClient({ requestHandler: IMPATIENT }) : undefined;
  const handler = handlers[name]({ client, effect });
  made.set(arn, handler);
  return handler;
}

function effect(name: string, data?: string): Promise<number> {
  effects += 1;
  const id = effects;
  return new Promise((resolve) => {
    noted.set(id, resolve);
    tell({ kind: "effect", id, invocation: invocation.getStore() ?? 0, name, data });
  });
}

function tell(message: FromSandbox): void {
  process.send?.(message);
}
