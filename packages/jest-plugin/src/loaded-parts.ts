import { durableSnapshotSerializer } from "@durabletest/testing";
import { durableMatchers } from "@durabletest/testing/matchers";
import {
  addReport,
  explainFailure,
  failureReports,
  openCallOf,
  unawaitedCallsOf,
} from "@durabletest/testing/plugin";
import type { Parts } from "./parts.ts";

/** Those of a test file that imports the package: it loads them anyway. */
export const loadedParts: Parts = {
  matchers: durableMatchers,
  serializer: durableSnapshotSerializer,
  explainFailure,
  writeFailureReport: failureReports(),
  addReport,
  openCallOf,
  unawaitedCallsOf,
};
