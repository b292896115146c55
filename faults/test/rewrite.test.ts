import { describe, expect, test } from "vitest";
import { askedOfService, rewriteResponse } from "../rewrite.ts";
import { replaceSection } from "../section.ts";

const path = "/2025-12-01/durable-executions/arn/state";

describe("a response that is rewritten", () => {
  const response = JSON.stringify({ CheckpointToken: "2", NewExecutionState: { Operations: [] } });
  const page = JSON.stringify({ Operations: [{ Id: "1" }], NextMarker: "2" });

  test("loses its token, or its state", () => {
    expect(rewriteResponse("no-token", response, "")).toBe(
      '{"NewExecutionState":{"Operations":[]}}',
    );
    expect(JSON.parse(rewriteResponse("empty-token", response, ""))).toMatchObject({
      CheckpointToken: "",
    });
    expect(rewriteResponse("no-state", response, "")).toBe('{"CheckpointToken":"2"}');
  });

  test("repeats the marker that was asked for", () => {
    const rewritten = rewriteResponse("repeated-marker", page, `${path}?Marker=1`);
    expect(JSON.parse(rewritten)).toEqual({ Operations: [{ Id: "1" }], NextMarker: "1" });
  });

  test("is an empty page, whose marker leads to what was asked for", () => {
    const rewritten = rewriteResponse("empty-page", page, `${path}?CheckpointToken=t&Marker=1`);
    const { Operations, NextMarker } = JSON.parse(rewritten) as {
      readonly Operations: readonly unknown[];
      readonly NextMarker: string;
    };
    expect(Operations).toEqual([]);
    const next = askedOfService(`${path}?CheckpointToken=t&Marker=${NextMarker}`, undefined);
    expect(next).toBe(`${path}?CheckpointToken=t&Marker=1`);
  });
});

test("a page is as small as the handler's state is to be cut", () => {
  expect(askedOfService(`${path}?Marker=1`, 1)).toBe(`${path}?Marker=1&MaxItems=1`);
});

describe("a section of a page", () => {
  const page = "before\n<!-- x:begin -->\nold\n<!-- x:end -->\nafter\n";

  test("is replaced, and nothing else", () => {
    expect(replaceSection(page, "x", "new")).toBe(
      "before\n<!-- x:begin -->\n\nnew\n\n<!-- x:end -->\nafter\n",
    );
  });

  test("must be there", () => {
    expect(() => replaceSection(page, "y", "new")).toThrow("no section <!-- y:begin -->");
  });
});
