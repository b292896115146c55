import { LambdaClient } from "@aws-sdk/client-lambda";

/** The AWS client, against a server; what it is refused it does not ask again. */
export function lambdaClient(
  { url }: { readonly url: string },
  { maxAttempts = 1 }: { readonly maxAttempts?: number } = {},
): LambdaClient {
  return new LambdaClient({
    endpoint: url,
    region: "us-east-1",
    credentials: { accessKeyId: "test", secretAccessKey: "test" },
    maxAttempts,
  });
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What an answer says. */
export interface Answer {
  readonly status: number;
  readonly errorType: string | null;
  readonly contentType: string | null;
  readonly body: unknown;
}

/** Sends one request with `fetch`. The path follows the version: `durable-executions/…`. */
export async function send(
  { url }: { readonly url: string },
  method: string,
  path: string,
  init: {
    readonly body?: string | Uint8Array<ArrayBuffer>;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<Answer> {
  const response = await fetch(`${url}/2025-12-01/${path}`, { method, ...init });
  const text = await response.text();
  return {
    status: response.status,
    errorType: response.headers.get("x-amzn-errortype"),
    contentType: response.headers.get("content-type"),
    body: text === "" ? undefined : JSON.parse(text),
  };
}

/** What it rejects with. */
export function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error("It resolved.");
    },
    (error: unknown) => error,
  );
}
