import { expect, test } from "vitest";
import { requireNode } from "../src/node-version.ts";

test.for(["22.12.0", "22.13.1", "24.0.0", "26.10.0", "100.0.0"])("Node %s will do", (version) => {
  expect(() => requireNode(version)).not.toThrow();
});

test.for(["22.11.0", "20.20.2", "18.0.0"])("Node %s is told to be too old", (version) => {
  expect(() => requireNode(version)).toThrow(
    `@durabletest needs Node.js 22.12 or later, and this is Node.js ${version}.`,
  );
  expect(() => requireNode(version)).toThrow(expect.objectContaining({ code: "UNSUPPORTED_NODE" }));
});
