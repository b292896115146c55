import { fc } from "@fast-check/vitest";

/** A property that has failed is not shrunk: for runs that only ask whether it fails. */
fc.configureGlobal({ endOnFailure: true });
