import { fileURLToPath } from "node:url";

/**
 * The program that shows a report, for the browser. This is how it is made where these sources run as they are; in
 * the package as built it is there, ready: see `tsdown.config.ts`.
 */
export async function viewerScript(): Promise<string> {
  const { rolldown } = await import("rolldown");
  const build = await rolldown({
    input: fileURLToPath(new URL("viewer/main.ts", import.meta.url)),
    platform: "browser",
    logLevel: "silent",
    resolve: { conditionNames: ["@durabletest/source", "import", "default"] },
  });
  try {
    const { output } = await build.generate({ format: "iife", minify: true });
    return output[0].code;
  } finally {
    await build.close();
  }
}
