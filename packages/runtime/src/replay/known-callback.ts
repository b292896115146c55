import type { StandardSchemaV1 } from "../standard-schema.ts";
import type { Serdes } from "../serdes.ts";

/** A callback of this execution, as handler code knows it. */
export interface KnownCallback {
  readonly operationId: string;
  readonly callbackId: string;
  readonly callbackName: string | undefined;
  readonly serdes: Serdes<never>;
  readonly schema: StandardSchemaV1 | undefined;
  /** Somebody has asked for its outcome. */
  asked: boolean;
}
