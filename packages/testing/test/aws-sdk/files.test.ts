import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { DurableContext, Serdes } from "@aws/durable-execution-sdk-js";
import { afterAll, beforeAll } from "vitest";
import { onEverySdk } from "./support/on-every-sdk.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "durable-"));
});
afterAll(async () => rm(folder, { recursive: true }));

onEverySdk("results that are kept in files: real work, for which virtual time stands still", {
  needs: "createFileSystemSerdes",
  handler: (sdk) =>
    sdk.withDurableExecution(async (_: unknown, context: DurableContext) => {
      const inFiles = <T>(): Serdes<T> => sdk.createFileSystemSerdes(folder);
      const value = await context.step("large", async () => "x".repeat(1_000_000), {
        serdes: inFiles<string>(),
      });
      const child = await context.runInChildContext("child", async () => 1, {
        serdes: inFiles<number>(),
      });
      await context.wait({ hours: 1 });
      return [value.length, child, Date.now() - Date.parse("2025-01-01T00:00:00.000Z")];
    }),
  expected: {
    result: [1_000_000, 1, 3_600_000],
    invocations: ["PENDING", "SUCCEEDED"],
  },
});
