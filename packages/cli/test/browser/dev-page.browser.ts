/** The page of `durabletest dev`, in a real browser: every button, by mouse and by keyboard. */
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { launchChromium, reasonWithoutBrowser } from "../../../../scripts/browser.ts";
import { openPlace } from "../dev/support/place.ts";
import { project } from "../support/command.ts";
import { expectAccessible, openTab } from "./page.ts";

const reason = reasonWithoutBrowser();
if (reason !== undefined) console.warn(`skipped: ${reason}`);

const order = `
  import { withDurableExecution } from "@durabletest/runtime";
  interface Order { readonly id: string; readonly tracked?: boolean; readonly small?: boolean }
  export const handler = withDurableExecution(async (order: Order, context) => {
    const price = await context.step("price", () => 42);
    context.logger.info("priced", { price });
    if (order.tracked) await context.step("track", () => "T-1");
    const approval = await context.createCallback<{ by: string }>("approval", {
      timeout: { hours: 48 }, heartbeatTimeout: { hours: 8 },
    });
    const answer = await approval.settled();
    if (answer.status !== "SUCCEEDED") throw new Error("not approved");
    await context.wait("settle", { hours: 1 });
    return { id: order.id, price, by: answer.value.by };
  });`;

const { directory, write } = project({
  "src/order.ts": order,
  "src/slow.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    import { setTimeout as sleep } from "node:timers/promises";
    export const handler = withDurableExecution(async (_: unknown, context) => {
      const pause = context.wait("pause", { minutes: 5 });
      await context.step("pack", () => sleep(600_000));
      await pause;
    });`,
  "src/spin.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async () => { for (;;); });`,
  "src/many.ts": `
    import { withDurableExecution } from "@durabletest/runtime";
    export const handler = withDurableExecution(async (count: number, context) => {
      for (let index = 0; index < count; index += 1) await context.step("step " + index, () => index);
      await context.createCallback("end");
      await context.wait({ hours: 1 });
    });`,
});

const modules = ["src/order.ts", "src/slow.ts", "src/spin.ts", "src/many.ts"];

const button = (page: Page, name: string | RegExp) =>
  page.getByRole("button", { name, exact: typeof name === "string" });
const heading = (page: Page) => page.locator(".heading");
const start = async (page: Page, functionName: string, input: string): Promise<void> => {
  const before = await page.locator(".executions li").count();
  await page.getByLabel("Function").selectOption(functionName);
  await page.getByLabel("Input, as JSON").fill(input);
  await button(page, "Start").click();
  await page.locator(".executions li").nth(before).waitFor();
};
const saysStatus = (page: Page, status: string) =>
  heading(page).getByText(status).first().waitFor();

describe.skipIf(reason !== undefined)("the page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser.close();
  });

  test("every button does what it says", async () => {
    const place = await openPlace(directory, modules);
    const { page, complaints } = await openTab(browser, place.dev.url);
    await page.getByText("Nothing has been started").waitFor();
    await expectAccessible(page);

    await page.getByLabel("Input, as JSON").fill('{ "id": "o-1"');
    await button(page, "Start").click();
    await page.getByText("The input").waitFor();
    await button(page, "Dismiss").click();

    await start(page, "order", '{ "id": "o-1" }');
    await saysStatus(page, "WAITING");
    await page.getByText("heartbeat due in 8h").waitFor();
    await page.getByText("AWS clients can answer, too, at").waitFor();
    await button(page, "+1 hour").click();
    await page.getByText("heartbeat due in 7h").waitFor();
    await button(page, "Heartbeat").click();
    await page.getByText("heartbeat due in 8h").waitFor();
    await button(page, "+1 min").click();
    await page.getByLabel("By", { exact: true }).fill("a while");
    await button(page, "Turn").click();
    await page.getByText('"a while" is no length of time').waitFor();
    await page.getByLabel("By", { exact: true }).fill("1h 30m");
    await button(page, "Turn").click();
    await page.locator(".now-offset").getByText("+2h 31m").waitFor();
    await expectAccessible(page);

    await button(page, "Fork").click();
    await heading(page).getByText("e2, fork of e1").waitFor();
    await page.getByText("Fail it").click();
    await page.getByLabel("Message").fill("declined");
    await button(page, "Fail").click();
    await saysStatus(page, "FAILED");
    await page.getByText("not approved").first().waitFor();

    await page.locator(".executions .item").first().click();
    await page.getByLabel("Answer approval, as JSON").fill("{ by: kim }");
    await button(page, "Answer").click();
    await page.getByText("The answer is no JSON").waitFor();
    await page.getByLabel("Answer approval, as JSON").fill('{ "by": "kim" }');
    await button(page, "Answer").click();
    await button(page, "To what is due (1h)").click();
    await saysStatus(page, "SUCCEEDED");
    expect(await button(page, "Stop").isDisabled()).toBe(true);

    await page.locator(".operations summary").filter({ hasText: "price" }).click();
    await page.getByText("runs of its function").first().waitFor();
    await page.locator(".picture [data-operation]").last().locator("text").first().click();
    expect(await page.locator(".operations li.selected").count()).toBe(1);

    await page.getByLabel("Compare with").selectOption("e2");
    await page
      .getByText('They came to different ends. They part at Callback "approval".')
      .waitFor();
    expect(await page.locator(".differs").count()).toBeGreaterThan(0);
    await expectAccessible(page);
    await button(page, "End comparison").click();

    await button(page, "Copy as test").click();
    await page.getByText('import { durableTest } from "@durabletest/vitest-plugin"').waitFor();
    await expectAccessible(page);
    await button(page, "Jest").click();
    await page.getByText('import { durableTest } from "@durabletest/jest-plugin"').waitFor();
    await button(page, "Copy").click();
    await button(page, "Copied").waitFor();
    const copied = String(await page.evaluate("navigator.clipboard.readText()"));
    expect(copied).toContain('await runner.callback("approval").succeed({ by: "kim" });');
    await page.locator("dialog[open]").getByRole("button", { name: "Close" }).click();

    await start(page, "slow", "");
    await button(page, "Kill invocation").click();
    await page.getByText("2 invocations", { exact: true }).waitFor();
    await button(page, "Run on").click();
    await saysStatus(page, "SUCCEEDED");
    await start(page, "order", '{ "id": "o-2" }');
    await button(page, "Stop").click();
    await saysStatus(page, "STOPPED");
    const count = await page.locator(".executions li").count();
    await button(page, "Close").click();
    await expect.poll(() => page.locator(".executions li").count()).toBe(count - 1);
    await button(page, "Reload code").click();
    await page.getByText("Code loaded, version 2").waitFor();
    await button(page, "?").click();
    await page.getByRole("heading", { name: "Keys" }).waitFor();
    await page.locator("dialog[open]").getByRole("button", { name: "Close" }).click();
    expect(complaints).toEqual([]);
  });

  test("the keyboard is enough", async () => {
    const place = await openPlace(directory, modules);
    const { page, complaints } = await openTab(browser, place.dev.url);
    const { keyboard } = page;
    await keyboard.press("n");
    await keyboard.type('{ "id": "o-1" }');
    await keyboard.press("Control+Enter");
    await saysStatus(page, "WAITING");
    await page.locator("body").evaluate("document.activeElement.blur()");
    await keyboard.press("f");
    await heading(page).getByText("e2, fork of e1").waitFor();
    await keyboard.press(".");
    await saysStatus(page, "FAILED");
    await keyboard.press("k");
    await saysStatus(page, "WAITING");
    await keyboard.press("a");
    await keyboard.type('{ "by": "kim" }');
    await keyboard.press("Control+Enter");
    await page.getByText("No callback is open.").waitFor();
    await page.locator("body").evaluate("document.activeElement.blur()");
    await keyboard.press("r");
    await saysStatus(page, "SUCCEEDED");
    await keyboard.press("t");
    await page.locator("dialog[open]").waitFor();
    await keyboard.press("Escape");
    await expect.poll(() => page.locator("dialog[open]").count()).toBe(0);
    await keyboard.press("j");
    await saysStatus(page, "FAILED");
    await keyboard.press("?");
    await page.getByRole("heading", { name: "Keys" }).waitFor();
    await keyboard.press("Escape");
    // And by the tabulator: every button is reached, in the order in which they stand, and shows where the focus is.
    const names: string[] = [];
    for (let presses = 0; presses < 60 && !names.includes("Close"); presses += 1) {
      await keyboard.press("Tab");
      names.push(String(await page.evaluate("document.activeElement.textContent")));
    }
    expect(names.filter((name) => ["Copy as test", "Fork", "Close"].includes(name))).toEqual([
      "Copy as test",
      "Fork",
      "Close",
    ]);
    expect(await page.evaluate("getComputedStyle(document.activeElement).outlineStyle")).toBe(
      "solid",
    );
    expect(complaints).toEqual([]);
  });

  test("an edit of the file under three executions: one goes on, one ends, one is told where it parts", async () => {
    const place = await openPlace(directory, ["src/order.ts"]);
    const { page, complaints } = await openTab(browser, place.dev.url);
    await start(page, "order", '{ "id": "o-1" }');
    await start(page, "order", '{ "id": "o-2", "small": true }');
    await start(page, "order", '{ "id": "o-3", "tracked": true }');
    write({
      "src/order.ts": order
        .replace('"track"', '"trace"')
        .replace("const answer", 'if (order.small) return "too small";\n    const answer')
        .replace("id: order.id, price", 'id: order.id, price, version: "new"'),
    });
    await page.getByText("The new code does not fit this execution").waitFor();
    await page.getByText('Step "track"', { exact: true }).waitFor();
    await page.getByText('Step "trace"', { exact: true }).waitFor();
    await page
      .getByText(/order\.ts:7:\d+/)
      .first()
      .waitFor();
    await expectAccessible(page);
    await page.locator(".executions .item").nth(1).click();
    await saysStatus(page, "SUCCEEDED");
    await page.getByLabel("Result", { exact: true }).getByText("too small").waitFor();
    await page.locator(".executions .item").nth(0).click();
    await page.getByLabel("Answer approval, as JSON").fill('{ "by": "kim" }');
    write({ "src/order.ts": "export const handler = (" });
    await page.getByText("order goes on with its old code.").waitFor();
    // What was typed is still there.
    await button(page, "Answer").click();
    await button(page, "Run on").click();
    await page.getByLabel("Result", { exact: true }).getByText('"version": "new"').waitFor();
    write({ "src/order.ts": order });
    await expect.poll(() => page.getByText("goes on with its old code").count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  test("two people answer one callback, and the second is told; a page that was closed finds everything again", async () => {
    const place = await openPlace(directory, ["src/order.ts"]);
    const one = await openTab(browser, place.dev.url);
    await start(one.page, "order", '{ "id": "o-1" }');
    const two = await openTab(browser, place.dev.url);
    await saysStatus(two.page, "WAITING");
    await two.page.getByLabel("Answer approval, as JSON").fill('{ "by": "lee" }');
    const form = two.page.locator(".card form").first();
    const callbackId = await two.page.locator(".card .id code").textContent();
    await one.page.getByLabel("Answer approval, as JSON").fill('{ "by": "kim" }');
    await button(one.page, "Answer").click();
    await two.page.getByText("No callback is open.").waitFor();
    expect(await form.count()).toBe(0);
    const late = { kind: "succeed", execution: "e1", callbackId, payload: "1", as: "json" };
    expect(await place.ask(late)).toMatchObject({ error: { code: "CALLBACK_CLOSED" } });
    await one.page.close();
    await two.page.reload();
    await two.page.getByText("approval answered").waitFor();
    expect(two.complaints).toEqual([]);
  });

  test("a handler that spins is killed from the page, which stays alive", async () => {
    const place = await openPlace(directory, modules);
    const { page, complaints } = await openTab(browser, place.dev.url);
    await start(page, "order", '{ "id": "o-1" }');
    await start(page, "spin", "");
    await page.getByText("Code of a handler is spinning").waitFor();
    await button(page, "Kill what is spinning").click();
    await page.getByText(/^Code loaded/).waitFor();
    await expect.poll(() => page.locator(".executions li").count()).toBe(1);
    await page.locator(".executions .item").click();
    await saysStatus(page, "WAITING");
    expect(complaints).toEqual([]);
  });

  test("an execution of 2 000 operations is shown", async () => {
    const place = await openPlace(directory, modules);
    const { page, complaints } = await openTab(browser, place.dev.url);
    await start(page, "many", "2000");
    await page.getByText("The first 400 of 2002. The picture has all.").waitFor();
    expect(await page.locator(".picture [data-operation]").count()).toBeGreaterThanOrEqual(2000);
    await button(page, "+1 hour").click();
    expect(complaints).toEqual([]);
  });
});
