/** All is well. */
export const OK = 0;
/** What was looked at is not well: a handler failed, a replay diverged, a property does not hold. */
export const FAILED = 1;
/** The command cannot do what it is asked. */
export const USAGE = 2;
