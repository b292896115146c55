import { timelineSVG } from "@durabletest/testing";
import type { Picture } from "./view.ts";

/** The picture of an execution, as in reports. Its colours are the page's. */
export const picture: Picture = (result) => timelineSVG(result, { width: 1000 });
