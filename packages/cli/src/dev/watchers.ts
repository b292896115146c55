import type { ServerResponse } from "node:http";

/** How much may wait for a browser that does not read; then it is let go, and comes again by itself. */
const MOST_WAITING_BYTES = 32 * 1_048_576;

/**
 * The browsers that look on (server-sent events).
 *
 * Owns: their connections.
 */
export class Watchers {
  readonly #responses = new Set<ServerResponse>();

  get size(): number {
    return this.#responses.size;
  }

  /** Adds one; it is told `events` first. */
  add(response: ServerResponse, events: readonly [event: string, data: unknown][]): void {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.on("close", () => this.#responses.delete(response));
    response.on("error", () => this.#responses.delete(response));
    this.#responses.add(response);
    response.write("retry: 500\n\n");
    for (const [event, data] of events) response.write(messageOf(event, data));
  }

  tell(event: string, data: unknown): void {
    if (this.size === 0) return;
    const message = messageOf(event, data);
    for (const response of this.#responses) {
      if (response.writableLength > MOST_WAITING_BYTES) response.destroy();
      else response.write(message);
    }
  }

  close(): void {
    for (const response of this.#responses) response.end();
    this.#responses.clear();
  }
}

function messageOf(event: string, data: unknown): string {
  return `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
}
