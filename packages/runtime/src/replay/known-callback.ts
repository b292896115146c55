import type { StandardSchemaV1 } from "../standard-schema.ts";
import type { Serdes } from "../serdes.ts";

/** A callback of this execution, as handler code knows it. */
export interface KnownCallback {
  readonly operationId: string;
  readonly callbackId: string;
  readonly callbackName: string | undefined;
  readonly serdes: Serdes<never>;
  readonly schema: StandardSchemaV1 | undefined;
  /** Made in a step's body: a replay that does not run the body knows no settings of it. */
  readonly madeInStep: boolean;
  /** Somebody has asked for its outcome. */
  asked: boolean;
}
