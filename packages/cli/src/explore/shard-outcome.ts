import type { ExplorationReport } from "@durabletest/testing/explore";

/** An execution that lacks a property, as plain data. */
export interface Failure {
  readonly property: string;
  readonly message: string;
  readonly decisions: readonly string[];
  readonly schedule: string;
  readonly timeline: string;
  readonly testCode: string;
}

/** What came of a part of an exploration. */
export type ShardOutcome =
  | { readonly kind: "report"; readonly report: ExplorationReport }
  | { readonly kind: "failure"; readonly failure: Failure }
  /** It cannot be explored. */
  | {
      readonly kind: "error";
      readonly name: string;
      readonly code: string;
      readonly message: string;
    };
