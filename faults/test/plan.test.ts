import { describe, expect, test } from "vitest";
import { faultKinds, isFaultName } from "../fault-kinds.ts";
import { faultAt, formatPlan, NO_FAULT, parsePlan, PlanInPlay } from "../plan.ts";

describe("a plan", () => {
  test("is a text that says the same when it is read and written again", () => {
    for (const text of [
      "none",
      "503@2",
      "503@2x3",
      "503@2,kill@4",
      "kill-in-body@1,again",
      "twice",
      "late",
      "lost@1,patient",
    ]) {
      expect(formatPlan(parsePlan(text))).toBe(text);
    }
  });

  test("may name every fault there is", () => {
    for (const name of Object.keys(faultKinds).filter(isFaultName)) {
      expect(parsePlan(`${name}@3`)).toEqual(faultAt(name, 3));
    }
  });

  test("that nobody could play is refused, by an error that says which ones there are", () => {
    for (const text of ["", "503", "503@0", "503@1x0", "flood@1", "503@1;kill@2", "@1"]) {
      expect(() => parsePlan(text)).toThrow(/is no fault.*stalled.*twice/);
    }
    expect(() => parsePlan("twice,late")).toThrow('"twice" and "late"');
  });
});

describe("a plan in play", () => {
  const struck = (text: string, count: number): readonly (string | undefined)[] => {
    const play = new PlanInPlay(parsePlan(text));
    return Array.from({ length: count }, () => play.request("checkpoint"));
  };

  test("strikes at its position, as often as it says, and never again", () => {
    expect(struck("503@2", 4)).toEqual([undefined, "503", undefined, undefined]);
    expect(struck("503@2x2", 4)).toEqual([undefined, "503", "503", undefined]);
  });

  test("lets one fault strike after the other where several are due", () => {
    expect(struck("503@1,reset@1", 3)).toEqual(["503", "reset", undefined]);
  });

  test("counts requests, bodies and answers each for itself", () => {
    const play = new PlanInPlay(parsePlan("kill@1,kill-in-body@1,kill-at-answer@2"));
    expect(play.body()).toBe("kill-in-body");
    expect(play.answer()).toBeUndefined();
    expect(play.request("state")).toBe("kill");
    expect(play.answer()).toBe("kill-at-answer");
    expect(play.unplayed).toEqual([]);
  });

  test("waits with a fault of checkpoints until there is one", () => {
    const play = new PlanInPlay(parsePlan("no-token@1"));
    expect(play.request("state")).toBeUndefined();
    expect(play.unplayed).toHaveLength(1);
    expect(play.request("checkpoint")).toBe("no-token");
  });

  test("without faults never strikes", () => {
    expect(new PlanInPlay(NO_FAULT).request("checkpoint")).toBeUndefined();
  });
});
