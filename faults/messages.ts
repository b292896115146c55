/** What a sandbox and the process that owns it say to each other. */

/** The two that are compared. */
export type RuntimeName = "durabletest" | "aws";

export const RUNTIMES: readonly RuntimeName[] = ["durabletest", "aws"];

export type ToSandbox =
  | {
      readonly kind: "invoke";
      /** Of this delivery of an event. */
      readonly id: number;
      readonly handler: string;
      readonly event: object;
      /** Whether the client gives up on silence after a second, rather than after the SDK's own time. */
      readonly impatient: boolean;
    }
  /** The effect has been noted; `count` tells how often it has happened in this execution. */
  | { readonly kind: "go on"; readonly id: number; readonly count: number };

export type FromSandbox =
  /** Handler code does something to the world, and waits until it is noted. */
  | {
      readonly kind: "effect";
      /** Of the effect, in this sandbox. */
      readonly id: number;
      readonly invocation: number;
      readonly name: string;
      readonly data: string | undefined;
    }
  | { readonly kind: "answered"; readonly id: number; readonly output: unknown }
  | { readonly kind: "rejected"; readonly id: number; readonly error: string }
  | { readonly kind: "unhandled"; readonly invocation: number | undefined; readonly error: string };
