/**
 * How long a report of 2 000 operations takes to open, and how many frames a second it draws while somebody scrolls
 * and zooms. It prints, and holds nothing to anything: machines differ.
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { writeReport } from "@durabletest/testing";
import type { Page } from "playwright-core";
import { launchChromium, reasonWithoutBrowser } from "../../../../scripts/browser.ts";
import { longExecution } from "../picture/executions.ts";

const SECONDS = 3;

const reason = reasonWithoutBrowser();
if (reason === undefined) await measure();
else console.log(`Not measured: ${reason}.`);

async function measure(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "durabletest-frames-"));
  const browser = await launchChromium();
  try {
    const file = join(folder, "report.html");
    const result = await longExecution();
    const begun = performance.now();
    await writeReport(result, file);
    const written = Math.round(performance.now() - begun);
    const megabytes = (statSync(file).size / 1e6).toFixed(1);
    console.log(
      `${result.operations.length} operations: written in ${written} ms, ${megabytes} MB`,
    );
    const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
    await page.addInitScript(`(${noteOpening.toString()})()`);
    // The first page pays for the browser's own start.
    await page.goto("about:blank");
    for (let round = 1; round <= 3; round += 1) {
      await page.goto(pathToFileURL(file).href);
      await page.waitForSelector(".stage .block");
      const opened = Math.round(await page.evaluate<number>("openedAt"));
      console.log(`opened in ${opened} ms`);
    }
    console.log(`scrolling down:   ${await frames(page, "down")} frames/s`);
    console.log(`scrolling across: ${await frames(page, "across")} frames/s`);
    console.log(`zooming:          ${await frames(page, "zoom")} frames/s`);
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Frames in some seconds in which every frame asks for another place, or another zoom. */
async function frames(page: Page, way: "down" | "across" | "zoom"): Promise<string> {
  const call = `(${framesInPage.toString()})(${JSON.stringify(way)}, ${SECONDS * 1000})`;
  const rate = await page.evaluate<number>(call);
  return rate.toFixed(1);
}

/** Runs in the page, before all else: notes when rows are drawn. */
function noteOpening(): void {
  const look = (): void => {
    if (document.querySelector(".stage .block") === null) requestAnimationFrame(look);
    else Object.assign(globalThis, { openedAt: performance.now() });
  };
  requestAnimationFrame(look);
}

/** Runs in the page. */
function framesInPage(way: string, forMs: number): Promise<number> {
  const pane = document.querySelector(".timeline");
  return new Promise((resolve) => {
    const begun = performance.now();
    let count = 0;
    const frame = (): void => {
      const passed = performance.now() - begun;
      if (passed > forMs || pane === null) {
        resolve((count * 1000) / passed);
        return;
      }
      count += 1;
      if (way === "down") pane.scrollTop += 90;
      else if (way === "across") pane.scrollLeft += 60;
      else {
        const deltaY = passed < forMs / 2 ? -12 : 12;
        const keys = { ctrlKey: true, bubbles: true, cancelable: true };
        pane.dispatchEvent(
          new WheelEvent("wheel", { deltaY, clientX: 500, clientY: 300, ...keys }),
        );
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  });
}
