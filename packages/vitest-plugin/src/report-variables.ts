/** Set by the plugin where Vitest shows the pictures that tests are annotated with. */
export const PICTURES_VARIABLE = "DURABLETEST_REPORT_PICTURES";

/** Set by the plugin where a reporter prints messages alone. */
export const MESSAGES_VARIABLE = "DURABLETEST_REPORT_MESSAGES";
