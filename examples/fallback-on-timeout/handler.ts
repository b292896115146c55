import { type DurableContext, withDurableExecution } from "@durabletest/runtime";

export interface Question {
  readonly text: string;
}

export interface Translation {
  readonly text: string;
}

type Send = (callbackId: string, question: Question) => Promise<void>;

/** The outside world: a service that is good, and one that is always there. */
export interface Services {
  readonly primary: Send;
  readonly fallback: Send;
}

/** Asks another service when the first has not answered in time. */
export const createHandler = (services: Services) =>
  withDurableExecution(async (question: Question, context: DurableContext) => {
    const primary = await context.createCallback<Translation>("primary_service", {
      timeout: { seconds: 30 },
    });
    await context.step("send_to_primary", () => services.primary(primary.callbackId, question));
    const first = await primary.result();
    if (first !== undefined) return { result: first.text, source: "primary" };

    const fallback = await context.createCallback<Translation>("fallback_service", {
      timeout: { minutes: 2 },
    });
    await context.step("send_to_fallback", () => services.fallback(fallback.callbackId, question));
    const second = await fallback.result();
    if (second !== undefined) return { result: second.text, source: "fallback" };

    return { result: question.text, source: "none" };
  });
