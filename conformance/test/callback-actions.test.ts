import type { CallbackOperation, ContextOperation, Operation } from "@durabletest/testing";
import { expect, test } from "vitest";
import { planActions, spacedJson } from "../callback-actions.ts";
import type { CallbackAction } from "../requirement.ts";

const common = {
  subType: undefined,
  status: "STARTED",
  endedAt: undefined,
  result: undefined,
  error: undefined,
} as const;

const callback = (
  id: string,
  { name, parentId, startedAtMs = 0 }: { name?: string; parentId?: string; startedAtMs?: number },
): CallbackOperation => ({
  ...common,
  type: "CALLBACK",
  id,
  callbackId: `callback-${id}`,
  name,
  parentId,
  startedAt: new Date(startedAtMs),
  timeoutAt: undefined,
  heartbeatAt: undefined,
});

const context = (id: string, name?: string, parentId?: string): ContextOperation => ({
  ...common,
  type: "CONTEXT",
  id,
  name,
  parentId,
  startedAt: new Date(0),
});

const action = (
  CallbackName: string,
  Operation: CallbackAction["Operation"] = "success",
  Delay = 0,
): CallbackAction => ({ CallbackName, Operation, Delay });

const planned = (
  operations: readonly Operation[],
  actions: readonly CallbackAction[],
): readonly unknown[] =>
  planActions(operations, actions).map((plan) => [
    plan.callbackId,
    plan.action.Operation,
    plan.at,
    actions.indexOf(plan.action),
  ]);

test("an action is for the callback it names, its delay counted from the callback's start", () => {
  const operations = [
    callback("a", { name: "A" }),
    callback("b", { name: "B", startedAtMs: 2000 }),
  ];

  expect(planned(operations, [action("B", "success", 4), action("A", "failure", 1)])).toEqual([
    ["callback-a", "failure", 1000, 1],
    ["callback-b", "success", 6000, 0],
  ]);
});

test("a callback without a name answers to that of the nearest named operation around it", () => {
  const operations = [
    context("1", "wrapper"),
    context("2", "approval", "1"),
    context("3", undefined, "2"),
    callback("a", { parentId: "3" }),
  ];

  expect(planned(operations, [action("wrapper")])).toEqual([]);
  expect(planned(operations, [action("approval")])).toEqual([["callback-a", "success", 0, 0]]);
});

test("a star is for the next callback in order of start", () => {
  const operations = [callback("a", { name: "A" }), callback("b", {})];

  expect(planned(operations, [action("*"), action("*", "failure")])).toEqual([
    ["callback-a", "success", 0, 0],
    ["callback-b", "failure", 0, 1],
  ]);
});

test("after a heartbeat the callback goes on to its answer", () => {
  const actions = [action("*", "heartbeat"), action("*", "success", 1), action("*", "failure", 2)];

  expect(planned([callback("a", {})], actions)).toEqual([
    ["callback-a", "heartbeat", 0, 0],
    ["callback-a", "success", 1000, 1],
  ]);
});

test("an action for a callback that has not started waits", () => {
  expect(planned([callback("a", { name: "A" })], [action("B")])).toEqual([]);
});

test("payloads have the spaces that expected histories have", () => {
  const value = { status: "a, b: c", list: [1, true, null], empty: {} };

  expect(spacedJson(value)).toBe('{"status": "a, b: c", "list": [1, true, null], "empty": {}}');
  expect(JSON.parse(spacedJson(value))).toEqual(value);
});
