import { join, posix } from "node:path";
import type { Io } from "../io.ts";
import { historyText } from "../output/history-text.ts";
import type { Progress } from "../output/progress.ts";
import { writeText } from "../output/write-json.ts";
import type { DescribedExecution, ExecutionsApi, ExecutionsQuery, Page } from "./executions-api.ts";
import { type Found, redactEvent, type RedactPath } from "./redact.ts";
import { askingAgain } from "./retry.ts";

/** What is recorded, and where to. */
export interface Recording {
  readonly query: ExecutionsQuery;
  /** No more executions than this, the newest ones. */
  readonly max: number;
  /** The folder, absolute. */
  readonly folder: string;
  readonly redact: readonly RedactPath[];
  /** Is given what there was to take out. */
  readonly found: Found;
}

/** An execution that has been recorded. */
export interface Recorded {
  readonly file: string;
  readonly execution: DescribedExecution;
  readonly events: number;
}

/**
 * Fetches the histories of a function's executions, one after the other, and writes each to a file of its own.
 *
 * @throws ServiceError, FileError; what has been written until then stays.
 */
export async function* recordExecutions(
  api: ExecutionsApi,
  { query, max, folder, redact, found }: Recording,
  { io, progress }: { readonly io: Io; readonly progress: Progress },
): AsyncGenerator<Recorded> {
  let number = 0;
  for await (const arn of allPages((marker) => api.list(query, marker), io)) {
    if (number === max) return;
    number += 1;
    const execution = await askingAgain(() => api.describe(arn), io);
    const events: object[] = [];
    for await (const event of allPages((marker) => api.history(arn, marker), io)) {
      events.push(redact.length === 0 ? event : redactEvent(event, redact, found));
      if (events.length % 100 === 0) {
        progress.show(`recording ${number}: ${execution.name}, ${events.length} events`);
      }
    }
    const file = join(folder, fileName(execution));
    writeText(file, historyText(events, aboutOf(execution)));
    yield { file, execution, events: events.length };
  }
}

async function* allPages<Item>(
  ask: (marker: string | undefined) => Promise<Page<Item>>,
  io: Io,
): AsyncGenerator<Item> {
  let marker: string | undefined;
  do {
    const from = marker;
    const page: Page<Item> = await askingAgain(() => ask(from), io);
    yield* page.items;
    marker = page.nextMarker === "" ? undefined : page.nextMarker;
  } while (marker !== undefined);
}

/** Its name, and what tells it from others of that name: the end of its ARN. */
function fileName({ name, arn }: DescribedExecution): string {
  const id = posix.basename(arn);
  const plain = (text: string): string => text.replaceAll(/[^\w.-]+/g, "-").slice(0, 100);
  return `${plain(name)}${id === name ? "" : `.${plain(id).slice(0, 8)}`}.json`;
}

/** What the service says of it besides its history, under the service's names. */
function aboutOf(execution: DescribedExecution): object {
  return {
    DurableExecutionArn: execution.arn,
    DurableExecutionName: execution.name,
    FunctionArn: execution.functionArn,
    Version: execution.version,
    Status: execution.status,
    StartTimestamp: execution.startedAt,
    EndTimestamp: execution.endedAt,
  };
}
