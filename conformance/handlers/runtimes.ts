/** Every requirement is met by each of these, driven by the same harness. */
import { callback as awsCallback } from "./callback.aws.ts";
import { callback } from "./callback.ours.ts";
import { child as awsChild } from "./child.aws.ts";
import { child } from "./child.ours.ts";
import type { Handlers } from "./handlers.ts";
import { invoke as awsInvoke } from "./invoke.aws.ts";
import { invoke } from "./invoke.ours.ts";
import { map as awsMap } from "./map.aws.ts";
import { map } from "./map.ours.ts";
import { step as awsStep } from "./step.aws.ts";
import { step } from "./step.ours.ts";
import { wait as awsWait } from "./wait.aws.ts";
import { wait } from "./wait.ours.ts";
import { waitForCallback as awsWaitForCallback } from "./wait-for-callback.aws.ts";
import { waitForCallback } from "./wait-for-callback.ours.ts";

/** The handlers made with one runtime, by suite. */
export type HandlersBySuite = Readonly<Record<string, Handlers>>;

export const runtimes: Readonly<Record<string, HandlersBySuite>> = {
  durabletest: { step, wait, child, callback, wait_for_callback: waitForCallback, invoke, map },
  aws: {
    step: awsStep,
    wait: awsWait,
    child: awsChild,
    invoke: awsInvoke,
    map: awsMap,
    callback: awsCallback,
    wait_for_callback: awsWaitForCallback,
  },
};
