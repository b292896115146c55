import { InvalidArgumentError } from "@durabletest/runtime";
import type { DurableTestRunner } from "@durabletest/testing";
import { type DurableServer, startDurableServer } from "@durabletest/testing/server";

/** The way in for clients of Lambda's API, of whichever language. */
export interface Endpoint {
  readonly url: string;
  /** Their answers reach this execution, too. */
  serve(runner: DurableTestRunner): void;
  close(): Promise<void>;
}

/**
 * Opens the endpoint.
 *
 * @param port - if it is taken, any that is free.
 */
export async function openEndpoint(host: string, port: number): Promise<Endpoint> {
  const server = await listen(host, port);
  return {
    url: server.url,
    serve: (runner) => {
      try {
        server.add(runner);
      } catch (error) {
        // A fork has the ARN and the callback ids of its original, which clients reach.
        if (!InvalidArgumentError.is(error)) throw error;
      }
    },
    close: () => server.close(),
  };
}

async function listen(host: string, port: number): Promise<DurableServer> {
  try {
    return await startDurableServer([], { host, port });
  } catch (error) {
    if (port !== 0 && isTaken(error)) return startDurableServer([], { host, port: 0 });
    throw error;
  }
}

/** Whether a port cannot be had because somebody else has it. */
export function isTaken(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "EADDRINUSE";
}
