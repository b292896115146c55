// Loaded before the tests it collects what they have seen; run after them it reports that.
import { collectOutcomes } from "@durabletest/testing/outcomes";

collectOutcomes({ threshold: 40 });
