import type { ErrorObject } from "@durabletest/runtime";

/** The part of the service that answers callbacks. Deployed, it is AWS Lambda's own client. */
export interface CallbackClient {
  sendCallbackSuccess(callbackId: string, payload: unknown): Promise<unknown>;
  sendCallbackFailure(callbackId: string, error: ErrorObject): Promise<unknown>;
}

/** What the third party posts. */
export type WebhookBody = { readonly data: unknown } | { readonly error: string };

/** The endpoint that the third party posts to: forwards its answer to the callback named in the URL. */
export const createWebhook =
  (callbacks: CallbackClient) =>
  async (url: string, body: WebhookBody): Promise<void> => {
    const callbackId = decodeURIComponent(new URL(url).pathname.replace("/webhooks/", ""));
    if ("error" in body) {
      await callbacks.sendCallbackFailure(callbackId, {
        ErrorType: "EnrichmentFailed",
        ErrorMessage: body.error,
      });
      return;
    }
    await callbacks.sendCallbackSuccess(callbackId, body.data);
  };
