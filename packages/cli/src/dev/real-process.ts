import { randomBytes } from "node:crypto";

/** What a place to play has of the process around it. */
export interface DevProcess {
  /** A secret that nobody can guess, for one start. */
  secret(): string;
  /** Resolves when somebody wants the process to end; a second time it ends at once. */
  stopped(): Promise<void>;
}

export const realProcess: DevProcess = {
  secret: () => randomBytes(24).toString("base64url"),
  stopped: () =>
    new Promise((resolve) => {
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.once(signal, () => {
          resolve();
        });
      }
    }),
};
