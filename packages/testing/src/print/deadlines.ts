import { isEnded } from "@durabletest/runtime/protocol";
import type { Operation } from "../operation.ts";

/** What time will do to an open operation, as the end of a phrase: `, times out at +2d 00h 00m 00s`. */
export function deadlinesOf(operation: Operation, offset: (at: Date) => string): string {
  if (isEnded(operation.status)) return "";
  const due = (what: string, at: Date | undefined): string =>
    at === undefined ? "" : `, ${what} ${offset(at)}`;
  switch (operation.type) {
    case "CALLBACK":
      return `${due("times out at", operation.timeoutAt)}${due("heartbeat due by", operation.heartbeatAt)}`;
    case "WAIT":
      return due("ends at", operation.scheduledEndAt);
    case "STEP":
      return due("next attempt at", operation.nextAttemptAt);
    case "CONTEXT":
    case "CHAINED_INVOKE":
      return "";
  }
}

/** The next moment at which time alone changes an open operation. */
export function nextDeadline(operation: Operation): Date | undefined {
  switch (operation.type) {
    case "CALLBACK": {
      const { timeoutAt, heartbeatAt } = operation;
      if (timeoutAt === undefined || heartbeatAt === undefined) return timeoutAt ?? heartbeatAt;
      return heartbeatAt < timeoutAt ? heartbeatAt : timeoutAt;
    }
    case "WAIT":
      return operation.scheduledEndAt;
    case "STEP":
      return operation.nextAttemptAt;
    case "CONTEXT":
    case "CHAINED_INVOKE":
      return undefined;
  }
}
