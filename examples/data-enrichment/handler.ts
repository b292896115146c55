import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface UserData {
  readonly email: string;
}

/** What the third party sends back. */
export interface EnrichedData {
  readonly company: string;
  readonly processedAt: string;
}

export interface EnrichmentRequest {
  readonly userData: UserData;
  /** Where the third party is to post what it finds. */
  readonly webhookUrl: string;
}

/** Adds to a user's data what a third party knows about them; does without if it says nothing. */
export const createHandler = (requestEnrichment: (request: EnrichmentRequest) => Promise<void>) =>
  withDurableExecution(async (userData: UserData, context: DurableContext) => {
    const callback = await context.createCallback<EnrichedData>("data_enrichment", {
      timeout: { minutes: 10 },
    });

    // The third party knows nothing of callbacks. The id travels in the address it posts to.
    await context.step("request_enrichment", () =>
      requestEnrichment({
        userData,
        webhookUrl: `https://api.example.com/webhooks/${encodeURIComponent(callback.callbackId)}`,
      }),
    );

    const enriched = await callback.result();
    if (enriched === undefined) return { original: userData, enriched: null, timestamp: null };
    return { original: userData, enriched, timestamp: enriched.processedAt };
  });
