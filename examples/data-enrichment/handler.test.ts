import { CallbackClosedError, respond, UnknownCallbackError } from "@durabletest/testing";
import { durableTest } from "@durabletest/vitest-plugin";
import { describe } from "vitest";
import { createHandler, type EnrichmentRequest } from "./handler.ts";
import { createWebhook } from "./webhook.ts";

const userData = { email: "ada@example.com" };
const enriched = { company: "Analytical Engines", processedAt: "2025-01-01T00:04:00Z" };

/** What the third party was last asked. */
let request: EnrichmentRequest;
const handler = createHandler(async (sent) => {
  request = sent;
});

describe("through the webhook", () => {
  const test = durableTest(handler);

  test("what the third party posts is added", async ({ runner, clock, expect }) => {
    await runner.run(userData);
    await clock.advance({ minutes: 4 });

    await createWebhook(runner)(request.webhookUrl, { data: enriched });

    expect(runner).toHaveSucceededWith({
      original: userData,
      enriched,
      timestamp: "2025-01-01T00:04:00Z",
    });
    expect(runner.result.elapsedMs).toBe(240_000);
  });

  test("what it cannot do fails the execution", async ({ runner, expect }) => {
    await runner.run(userData);

    await createWebhook(runner)(request.webhookUrl, { error: "no such person" });

    expect(runner).toHaveFailedWith("no such person");
  });

  test("a post that comes late changes nothing", async ({ runner, expect }) => {
    await runner.run(userData);
    const { history } = await runner.runToCompletion();

    await expect(createWebhook(runner)(request.webhookUrl, { data: enriched })).rejects.toThrow(
      CallbackClosedError,
    );

    expect(runner.result.history).toEqual(history);
  });

  test("a post to an address that nobody gave out changes nothing", async ({ runner, expect }) => {
    await runner.run(userData);

    await expect(
      createWebhook(runner)("https://api.example.com/webhooks/guessed", { data: enriched }),
    ).rejects.toThrow(UnknownCallbackError);

    expect(runner).toBeWaitingFor("data_enrichment");
  });
});

describe("a third party that answers after nine minutes", () => {
  const test = durableTest(handler, {
    callbacks: { data_enrichment: respond.success(enriched).after({ minutes: 9 }) },
  });

  test("is waited for", async ({ runner, expect }) => {
    const result = await runner.run(userData);

    expect(result).toHaveSucceededWith({
      original: userData,
      enriched,
      timestamp: enriched.processedAt,
    });
    expect(result.elapsedMs).toBe(540_000);
  });
});

describe("a third party that answers after eleven minutes", () => {
  const test = durableTest(handler, {
    callbacks: { data_enrichment: respond.success(enriched).after({ minutes: 11 }) },
  });

  test("is done without", async ({ runner, expect }) => {
    const result = await runner.run(userData);

    expect(result).toHaveTimedOut("data_enrichment");
    expect(result).toHaveSucceededWith({ original: userData, enriched: null, timestamp: null });
    expect(result.elapsedMs).toBe(600_000);
  });
});
