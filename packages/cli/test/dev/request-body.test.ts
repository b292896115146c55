import { expect, test } from "vitest";
import { admit } from "../../src/dev/admission.ts";
import { readRequest } from "../../src/dev/request-body.ts";

const read = (body: unknown) => readRequest(JSON.stringify(body));
const of = { execution: "e1", callbackId: "c" };

test("what the page asks for is read, field by field", () => {
  for (const kind of ["next", "complete", "kill", "stop", "fork", "close"]) {
    expect(read({ kind, execution: "e1", more: 1 })).toEqual({ kind, execution: "e1" });
  }
  expect(read({ kind: "reload" })).toEqual({ kind: "reload" });
  expect(read({ kind: "start", functionName: "f", input: "", time: "auto" })).toMatchObject({
    time: "auto",
  });
  expect(read({ kind: "start", functionName: "f", input: "" })).toMatchObject({ time: "manual" });
  expect(read({ kind: "advance", execution: "e1", ms: 5 })).toMatchObject({ ms: 5 });
  expect(read({ kind: "heartbeat", ...of })).toEqual({ kind: "heartbeat", ...of });
  expect(read({ kind: "succeed", ...of, payload: "1" })).toMatchObject({ payload: { json: 1 } });
  expect(read({ kind: "succeed", ...of, payload: "1", as: "text" })).toMatchObject({
    payload: { raw: "1" },
  });
  expect(read({ kind: "succeed", ...of, payload: " " })).toMatchObject({ payload: {} });
  expect(read({ kind: "fail", ...of, errorType: "E", errorMessage: "m" })).toMatchObject({
    errorType: "E",
  });
  expect(read({ kind: "test", execution: "e1", framework: "jest" })).toMatchObject({
    framework: "jest",
  });
  expect(read({ kind: "test", execution: "e1" })).toMatchObject({ framework: "vitest" });
});

test.each([
  ["no JSON", "{", "The body is no JSON."],
  ["null", "null", "The body is no object."],
  ["a number", "7", "The body is no object."],
  ["nothing", "{}", "kind is no text."],
  ["an unknown kind", '{"kind":"eval"}', 'There is no request "eval".'],
  ["no execution", '{"kind":"next"}', "execution is no text."],
  [
    "a negative time",
    '{"kind":"advance","execution":"e1","ms":-1}',
    "whole number of milliseconds",
  ],
  ["a fraction", '{"kind":"advance","execution":"e1","ms":0.5}', "whole number of milliseconds"],
  [
    "more than a year",
    '{"kind":"advance","execution":"e1","ms":1e12}',
    "whole number of milliseconds",
  ],
  [
    "a text for a time",
    '{"kind":"advance","execution":"e1","ms":"1"}',
    "whole number of milliseconds",
  ],
  [
    "no answer",
    '{"kind":"succeed","execution":"e1","callbackId":"c","payload":"{"}',
    "The answer is no JSON",
  ],
])("%s is refused", (_, body, message) => {
  expect(() => readRequest(body)).toThrow(message);
});

test("a server is called by its address, by localhost, or by the name that it was told", () => {
  const at = { host: "127.0.0.1", address: "127.0.0.1", port: 4600 };
  const anywhere = { host: "0.0.0.0", address: "0.0.0.0", port: 80 };
  const named = { host: "Dev.Test", address: "10.0.0.7", port: 80 };
  const six = { host: "::1", address: "::1", port: 4600 };
  expect(() => admit({ host: "127.0.0.1:4600" }, at)).not.toThrow();
  expect(() => admit({ host: "LOCALHOST:4600" }, at)).not.toThrow();
  expect(() => admit({ host: "192.168.0.1" }, anywhere)).not.toThrow();
  expect(() => admit({ host: "dev.test" }, named)).not.toThrow();
  expect(() => admit({ host: "[::1]:4600", origin: "http://[::1]:4600" }, six)).not.toThrow();
  for (const host of ["evil.test", "evil.test:80", "", "127.0.0.1:80:80"]) {
    expect(() => admit({ host }, anywhere)).toThrow("by which this server is not called");
  }
  expect(() => admit({}, at)).toThrow("by which this server is not called");
});
