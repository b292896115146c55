/** What a requirement says, and where the requirements are read from. */
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";

const callbackAction = z.strictObject({
  /** A name, or `*`: the next one in order of start. */
  CallbackName: z.string(),
  Operation: z.enum(["success", "failure", "heartbeat"]),
  Payload: z.unknown().optional(),
  /** Seconds from the start of the callback. */
  Delay: z.number().default(0),
});

const expectedLog = z.strictObject({
  /** A text to be found in a line, or a regular expression between slashes. */
  match: z.strictObject({ message: z.string() }),
  /** How many lines match. */
  count: z.number(),
});

// Strict: what is not known here would otherwise not be checked, without a word.
const requirement = z.strictObject({
  description: z.string(),
  optional: z.boolean().default(false),
  handler: z.string(),
  invocations: z.string(),
  async: z.boolean().default(false),
  AsyncInvoke: z.boolean().default(false),
  Variables: z.record(z.string(), z.string()).default({}),
  Input: z.unknown(),
  CallbackActions: z.array(callbackAction).default([]),
  DefaultRetryParameters: z.unknown().optional(),
  ExpectedResult: z
    .strictObject({ ExecutionStatus: z.string(), Result: z.unknown().optional() })
    .optional(),
  ExpectedExecutionHistory: z.array(z.looseObject({ EventId: z.number() })),
  ExpectedLogs: z.array(expectedLog).default([]),
});

export type Requirement = z.output<typeof requirement>;
export type CallbackAction = z.output<typeof callbackAction>;
export type ExpectedLog = z.output<typeof expectedLog>;

/** The requirements of a folder; a file is read only when it is asked for. */
export interface Suite {
  readonly name: string;
  /** In the order of their numbers. */
  readonly requirements: readonly RequirementFile[];
}

export interface RequirementFile {
  /** "1-10" */
  readonly id: string;
  /** @throws ZodError when it says something that is not understood here. */
  readonly read: () => Promise<Requirement>;
}

/** The suites below a folder, by their first number; undefined when there is no such folder. */
export async function findSuites(directory: string): Promise<readonly Suite[] | undefined> {
  if (!existsSync(directory)) return undefined;
  const entries = await readdir(directory, { withFileTypes: true });
  const suites = await Promise.all(
    entries
      .filter((entry) => entry.isDirectory())
      .map(async ({ name }): Promise<Suite> => {
        const files = await readdir(join(directory, name));
        const requirements = files
          .filter((file) => file.endsWith(".yaml"))
          .map((file) => ({
            id: basename(file, ".yaml"),
            read: async () => readRequirement(await readFile(join(directory, name, file), "utf8")),
          }));
        return { name, requirements: requirements.toSorted((a, b) => byNumber(a.id, b.id)) };
      }),
  );
  return suites
    .filter(({ requirements }) => requirements.length > 0)
    .toSorted((a, b) => byNumber(a.requirements[0]?.id ?? "", b.requirements[0]?.id ?? ""));
}

/** @throws ZodError, YAMLParseError */
export function readRequirement(text: string): Requirement {
  return requirement.parse(parse(text));
}

function byNumber(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}
