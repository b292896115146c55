import { expect, test } from "vitest";
import { matchLogs, recordLogs } from "../expected-logs.ts";

const { logger, lines } = recordLogs();
logger.info("started for: Ada");
logger.info("done", { for: "Ada" });
logger.error("Ada is gone");
const ada = new Map([["NAME", "Ada"]]);

test("lines are counted by regular expression, with variables", () => {
  expect(
    matchLogs(
      [
        { match: { message: "/started for: ${NAME}$/" }, count: 1 },
        { match: { message: "/${NAME}/" }, count: 3 },
        { match: { message: "/\\[ERROR\\]/" }, count: 1 },
        { match: { message: "/Bob/" }, count: 0 },
      ],
      lines,
      ada,
    ),
  ).toEqual([]);
});

test("a text that is no regular expression is looked for as it is", () => {
  expect(matchLogs([{ match: { message: "[ERROR]" }, count: 1 }], lines, ada)).toEqual([]);
});

test("too few and too many lines are refused", () => {
  expect(
    matchLogs(
      [
        { match: { message: "/${NAME}/" }, count: 4 },
        { match: { message: "/\\[ERROR\\]/" }, count: 0 },
      ],
      lines,
      ada,
    ),
  ).toEqual([
    "logs: expected 4 of /Ada/, got 3",
    String.raw`logs: expected 0 of /\[ERROR\]/, got 1`,
  ]);
});
