import { describe, expect, test } from "vitest";
import { matchHistory } from "../matcher.ts";

interface Event {
  readonly EventId: number;
  readonly [field: string]: unknown;
}

const history: readonly Event[] = [
  { EventId: 1, EventType: "ExecutionStarted" },
  { EventId: 2, EventType: "StepStarted", Id: "a", StepStartedDetails: {} },
  {
    EventId: 3,
    EventType: "StepFailed",
    Id: "a",
    Name: "charge",
    EventTimestamp: new Date(0),
    StepFailedDetails: {
      Error: { Payload: { ErrorType: "my.TransientError", ErrorMessage: "try again" } },
      RetryDetails: { CurrentAttempt: 1, NextAttemptDelaySeconds: 5 },
    },
  },
  { EventId: 4, EventType: "StepStarted", Id: "b", Tags: ["x", "y"] },
];

const differences = (
  expected: readonly Event[],
  bindings: Readonly<Record<string, unknown>> = {},
): readonly string[] =>
  matchHistory(expected, history, new Map(Object.entries(bindings))).differences;

const details = (StepFailedDetails: unknown): readonly Event[] => [
  { EventId: 3, StepFailedDetails },
];

describe("a history that is as expected", () => {
  test("may have more events and more fields", () => {
    expect(
      differences([
        { EventId: 2, EventType: "StepStarted" },
        { EventId: 3, StepFailedDetails: { RetryDetails: { CurrentAttempt: 1 } } },
      ]),
    ).toEqual([]);
  });

  test("may have anything where a star or an empty object is", () => {
    expect(
      differences([
        { EventId: 3, EventTimestamp: "*", Name: "*", StepFailedDetails: { Error: {} } },
        { EventId: 2, StepStartedDetails: {} },
        { EventId: 4, Tags: {} },
      ]),
    ).toEqual([]);
  });

  test("has texts, and numbers, that a regular expression matches", () => {
    const expected = {
      Error: { Payload: { ErrorType: "${/.*TransientError$/}" } },
      RetryDetails: { NextAttemptDelaySeconds: "${/^[0-5]$/}" },
    };

    expect(differences(details(expected))).toEqual([]);
  });

  test("has the same value wherever a name is", () => {
    const expected: readonly Event[] = [
      { EventId: 2, Id: "${ID1}" },
      { EventId: 3, Id: "${ID1}" },
      { EventId: 4, Id: "${ID2}" },
    ];

    const match = matchHistory(expected, history, new Map());

    expect(match.differences).toEqual([]);
    expect(Object.fromEntries(match.bindings)).toEqual({ ID1: "a", ID2: "b" });
  });

  test("has the values of variables, alone and within a text", () => {
    const expected = {
      Error: { Payload: { ErrorMessage: "try ${WHEN}" } },
      RetryDetails: { CurrentAttempt: "${ATTEMPT}" },
    };

    expect(differences(details(expected), { WHEN: "again", ATTEMPT: 1 })).toEqual([]);
  });
});

describe("a history is refused", () => {
  test("for an event of another type", () => {
    expect(differences([{ EventId: 2, EventType: "StepSucceeded" }])).toEqual([
      "event 2.EventType: expected 'StepSucceeded', got 'StepStarted'",
    ]);
  });

  test("for an event that is missing", () => {
    expect(differences([{ EventId: 5, EventType: "StepSucceeded" }])).toEqual([
      "event 5: there is none, the last one is 4",
    ]);
  });

  test("for events in another order", () => {
    const expected = [
      { EventId: 2, EventType: "StepFailed" },
      { EventId: 3, EventType: "StepStarted" },
    ];

    expect(differences(expected)).toHaveLength(2);
  });

  test("for a field that is missing, even where a star or an empty object is", () => {
    expect(
      differences([
        { EventId: 2, Name: "charge" },
        { EventId: 2, ParentId: "*" },
        { EventId: 2, StepSucceededDetails: {} },
        { EventId: 2, Id: "a", Name: "${NAME}" },
      ]),
    ).toEqual([
      "event 2.Name: expected 'charge', got nothing",
      "event 2.ParentId: expected '*', got nothing",
      "event 2.StepSucceededDetails: expected {}, got nothing",
      "event 2.Name: expected '${NAME}', got nothing",
    ]);
  });

  test("for another id where the name of an id comes again", () => {
    expect(
      differences([
        { EventId: 3, Id: "${ID1}" },
        { EventId: 4, Id: "${ID1}" },
      ]),
    ).toEqual(["event 4.Id: expected 'a' (${ID1}), got 'b'"]);
  });

  test("for another value than that of a variable", () => {
    expect(differences([{ EventId: 3, Name: "${NAME}" }], { NAME: "refund" })).toEqual([
      "event 3.Name: expected 'refund' (${NAME}), got 'charge'",
    ]);
  });

  test("for another text around a variable", () => {
    expect(differences([{ EventId: 3, Name: '"${NAME}"' }], { NAME: "charge" })).toEqual([
      "event 3.Name: expected '\"charge\"', got 'charge'",
    ]);
  });

  test("for a name within a text that stands for nothing", () => {
    expect(differences([{ EventId: 3, Name: "c${REST}" }])).toEqual([
      "event 3.Name: expected 'c${REST}', got 'charge'",
    ]);
  });

  test("for a value that the regular expression does not match", () => {
    const expected = {
      Error: { Payload: { ErrorType: "${/^TransientError$/}" } },
      RetryDetails: { NextAttemptDelaySeconds: "${/^[0-4]$/}" },
    };

    expect(differences(details(expected))).toEqual([
      "event 3.StepFailedDetails.Error.Payload.ErrorType: expected /^TransientError$/, got 'my.TransientError'",
      "event 3.StepFailedDetails.RetryDetails.NextAttemptDelaySeconds: expected /^[0-4]$/, got 5",
    ]);
  });

  test("for an object where a regular expression wants a text", () => {
    expect(differences([{ EventId: 3, StepFailedDetails: "${/object/}" }])).toHaveLength(1);
  });

  test("for a list of another length, or with another element", () => {
    expect(
      differences([
        { EventId: 4, Tags: ["x"] },
        { EventId: 4, Tags: ["x", "y", "z"] },
        { EventId: 4, Tags: ["x", "z"] },
      ]),
    ).toEqual([
      "event 4.Tags: expected a list of 1, got [ 'x', 'y' ]",
      "event 4.Tags: expected a list of 3, got [ 'x', 'y' ]",
      "event 4.Tags[1]: expected 'z', got 'y'",
    ]);
  });

  test("for a value of another kind", () => {
    expect(
      differences([
        { EventId: 4, Tags: { x: 1 } },
        { EventId: 4, Id: ["b"] },
        { EventId: 4, Id: { b: 1 } },
        { EventId: 4, Id: null },
      ]),
    ).toEqual([
      "event 4.Tags.x: expected 1, got nothing",
      "event 4.Id: expected a list, got 'b'",
      "event 4.Id: expected an object, got 'b'",
      "event 4.Id: expected null, got 'b'",
    ]);
    expect(differences(details({ RetryDetails: { CurrentAttempt: "1" } }))).toEqual([
      "event 3.StepFailedDetails.RetryDetails.CurrentAttempt: expected '1', got 1",
    ]);
  });
});
