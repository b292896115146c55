import type { durableSnapshotSerializer } from "@durabletest/testing";
import type { DurableMatcherFunctions } from "@durabletest/testing/matchers";
import type {
  addReport,
  explainFailure,
  openCallOf,
  unawaitedCallsOf,
  WriteFailureReport,
} from "@durabletest/testing/plugin";

/** What a test file needs once it has run something. To load it takes longer than all else that a test file loads. */
export interface Parts {
  readonly matchers: DurableMatcherFunctions;
  readonly serializer: typeof durableSnapshotSerializer;
  readonly explainFailure: typeof explainFailure;
  readonly writeFailureReport: WriteFailureReport;
  readonly addReport: typeof addReport;
  readonly openCallOf: typeof openCallOf;
  readonly unawaitedCallsOf: typeof unawaitedCallsOf;
}

/** On the global object of the test file: setup and import may be copies, of one module format each. */
const LOADED = Symbol.for("durabletest.parts");

/** By whoever has them. The first ones count. */
export function provideParts(parts: Parts): void {
  if (!Object.hasOwn(globalThis, LOADED)) Reflect.set(globalThis, LOADED, parts);
}

/** Those that are there; else they are loaded. */
export function partsOr(load: () => Parts): Parts {
  if (!Object.hasOwn(globalThis, LOADED)) provideParts(load());
  return Reflect.get(globalThis, LOADED) as Parts;
}
