import { ServiceLimits } from "@durabletest/runtime/protocol";
import type { ServiceSetup } from "../../src/service/state.ts";

/** A service as AWS Lambda is set up, without functions to invoke. */
export const setup: ServiceSetup = { limits: ServiceLimits, durableFunctions: [], functions: [] };
