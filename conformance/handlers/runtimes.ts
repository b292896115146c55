/** Every requirement is met by each of these, driven by the same harness. */
import { callback as awsCallback } from "./callback.aws.ts";
import { callback } from "./callback.ours.ts";
import { child as awsChild } from "./child.aws.ts";
import { child } from "./child.ours.ts";
import type { Handlers } from "./handlers.ts";
import { step as awsStep } from "./step.aws.ts";
import { step } from "./step.ours.ts";
import { wait as awsWait } from "./wait.aws.ts";
import { wait } from "./wait.ours.ts";
import { waitForCallback as awsWaitForCallback } from "./wait-for-callback.aws.ts";
import { waitForCallback } from "./wait-for-callback.ours.ts";

/** The handlers made with one runtime, by suite. */
export type HandlersBySuite = Readonly<Record<string, Handlers>>;

export const runtimes: Readonly<Record<string, HandlersBySuite>> = {
  durabletest: { step, wait, child, callback, wait_for_callback: waitForCallback },
  aws: {
    step: awsStep,
    wait: awsWait,
    child: awsChild,
    callback: awsCallback,
    wait_for_callback: awsWaitForCallback,
  },
};

/** Suites that cannot be run, and why. */
export const notRunnable: Readonly<Record<string, string>> = {
  invoke: "neither the runtime nor the service has CHAINED_INVOKE yet",
  map: "the runtime has no map yet",
};
