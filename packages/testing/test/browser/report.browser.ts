import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeReport } from "@durabletest/testing";
import axe, { type AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launchChromium } from "../../../../scripts/browser.ts";
import {
  failedExecution,
  longExecution,
  pendingExecution,
  richExecution,
} from "../picture/executions.ts";

const folder = mkdtempSync(join(tmpdir(), "durabletest-report-"));
const fileOf = (name: string): string => join(folder, `${name}.html`);
let browser: Browser;

beforeAll(async () => {
  const [rich, pending, failed, long] = await Promise.all([
    richExecution(),
    pendingExecution(),
    failedExecution(),
    longExecution(),
  ]);
  await writeReport(rich, fileOf("rich"));
  await writeReport([failed, pending], fileOf("several"));
  await writeReport(long, fileOf("long"));
  browser = await launchChromium();
});
afterAll(async () => {
  await browser.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A page with a report, and what went wrong or out of it. */
async function open(
  name: string,
  { width = 1280, colorScheme = "light" }: { width?: number; colorScheme?: "light" | "dark" } = {},
): Promise<{ page: Page; problems: string[]; [Symbol.asyncDispose](): Promise<void> }> {
  const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
  const problems: string[] = [];
  const url = pathToFileURL(fileOf(name)).href;
  page.on("console", (message) => problems.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => problems.push(error.message));
  page.on("request", (request) => {
    if (request.url() !== url) problems.push(`asked for ${request.url()}`);
  });
  await page.goto(url);
  await page.waitForSelector(".stage .block");
  return { page, problems, [Symbol.asyncDispose]: () => page.close() };
}

const panel = (page: Page): Promise<string> => page.locator("#panel").innerText();
const name = (page: Page): Promise<string> => page.locator("#panel h2").innerText();

test.each([
  ["rich", 1280, "light"],
  ["rich", 390, "dark"],
  ["several", 1280, "dark"],
  ["long", 1280, "light"],
] as const)(
  "in the report of the %s execution, %i pixels wide, in the %s, axe finds nothing serious",
  async (report, width, colorScheme) => {
    await using opened = await open(report, { width, colorScheme });
    const { page, problems } = opened;
    await page.locator(".timeline").focus();
    await page.keyboard.press("ArrowDown");
    await page.evaluate(axe.source);
    const found = await page.evaluate<AxeResults>("axe.run()");
    const serious = found.violations
      .filter(({ impact }) => impact === "serious" || impact === "critical")
      .map(({ id, nodes }) => `${id}: ${nodes[0]?.html} ${nodes[0]?.failureSummary}`);
    expect(serious).toEqual([]);
    expect(problems).toEqual([]);
  },
);

test("by keyboard alone, operations are chosen, and told with their payloads and events", async () => {
  await using opened = await open("rich");
  const { page, problems } = opened;
  await page.keyboard.press("ArrowDown");
  expect(await name(page)).toContain('parallel "risk-checks"');
  await page.keyboard.press("End");
  expect(await name(page)).toContain('callback "delivery"');
  expect(await panel(page)).toContain('"signedBy": "Ada"');
  expect(await panel(page)).toContain("CallbackSucceeded");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("Home");
  expect(await name(page)).toContain('parallel "risk-checks"');
  await page.keyboard.press("4");
  await page.locator("#panel", { hasText: "ExecutionStarted" }).waitFor();
  await page.keyboard.press("5");
  await page.locator("#panel", { hasText: "The order is taken." }).waitFor();
  await page.keyboard.press("1");
  expect(await panel(page)).toContain('"approved": "CallbackTimeoutError"');
  await page.keyboard.press("?");
  expect(await page.locator("dialog").isVisible()).toBe(true);
  await page.keyboard.press("Escape");
  expect(await page.locator("dialog").isVisible()).toBe(false);
  for (const key of ["+", "-", "0", "f", "ArrowRight", "ArrowLeft"]) await page.keyboard.press(key);
  expect(problems).toEqual([]);
});

test("invocations are stepped through, each with the state that it was given", async () => {
  await using opened = await open("rich");
  const { page, problems } = opened;
  await page.keyboard.press("]");
  expect(await panel(page)).toContain("Nothing but the input.");
  await page.keyboard.press("]");
  expect(await name(page)).toContain("Invocation 2 of 7");
  await page.locator("#panel", { hasText: "READY" }).waitFor();
  await page.keyboard.press("[");
  expect(await name(page)).toContain("Invocation 1 of 7");
  await page.locator('[data-invocation="4"]').click();
  expect(await name(page)).toContain("DIED");
  expect(problems).toEqual([]);
});

test("a search finds operations by what they came to, and goes from one to the next", async () => {
  await using opened = await open("rich");
  const { page, problems } = opened;
  await page.keyboard.press("/");
  await page.keyboard.type("order-1-bulb");
  expect(await page.locator(".count").innerText()).toBe("3 found");
  await page.keyboard.press("Enter");
  expect(await name(page)).toContain('map "reserve"');
  await page.keyboard.press("Enter");
  expect(await name(page)).toContain('item "bulb"');
  await page.keyboard.press("Enter");
  expect(await name(page)).toContain('step "reserve-item"');
  await page.keyboard.press("Shift+Enter");
  expect(await page.locator(".count").innerText()).toBe("2 of 3");
  await page.keyboard.press("Escape");
  expect(await page.locator(".count").innerText()).toBe("");
  expect(problems).toEqual([]);
});

test("every button does something, and nothing goes wrong", async () => {
  await using opened = await open("rich");
  const { page, problems } = opened;
  for (const button of await page.locator("header button").all()) {
    await button.click();
    if (await page.locator("dialog").isVisible()) {
      await page.locator("dialog button").click();
    }
  }
  for (const tab of await page.locator("[role=tab]").all()) {
    await tab.click();
    expect(await tab.getAttribute("aria-selected")).toBe("true");
    for (const line of (await page.locator("#panel button, #panel summary").all()).slice(0, 3)) {
      if (await line.isVisible()) await line.click();
    }
    await tab.click();
  }
  await page.locator("header .group").nth(1).locator("button").first().click();
  await page.locator(".labels [data-of]").nth(3).click();
  expect(await page.locator("[role=tab][aria-selected=true]").innerText()).toBe("Operation");
  expect(problems).toEqual([]);
});

test("an error stands with the lines of source that it comes from; one of several executions is chosen", async () => {
  await using opened = await open("several");
  const { page, problems } = opened;
  await page.locator(".timeline").focus();
  await page.keyboard.press("End");
  expect(await panel(page)).toContain("</script> the card is declined");
  expect(await page.locator("#panel pre mark").first().innerText()).toContain("new GatewayDown(");
  await page.locator("select").selectOption({ index: 1 });
  expect(await page.locator(".heading").innerText()).toContain("after 3h");
  await page.waitForSelector('[data-point="here"]');
  expect(problems).toEqual([]);
});

test("of 2 000 operations only those are drawn that can be seen, and the last is reached", async () => {
  await using opened = await open("long");
  const { page, problems } = opened;
  await page.keyboard.press("End");
  await page.waitForSelector('.rows [data-type="WAIT"]');
  expect(await page.locator(".rows [data-operation]").count()).toBeLessThan(80);
  expect(await name(page)).toContain("wait");
  await page.keyboard.press("4");
  expect(await page.locator(".lines .line").count()).toBeLessThan(80);
  expect(problems).toEqual([]);
});
