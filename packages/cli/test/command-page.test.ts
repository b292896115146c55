import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { project } from "./support/command.ts";

const page = fileURLToPath(new URL("../../../docs/command.md", import.meta.url));
const { run, write, directory } = project({});

/** A block of the page; one of `console` has commands behind `$`, and below each what it prints. */
const BLOCK = /```(\w+)(?: file=(\S+))?\n(.*?)```/gs;

test("every output on the page of the command is what is printed", async () => {
  let text = readFileSync(page, "utf8");
  for (const [block, language, file, code = ""] of text.matchAll(BLOCK)) {
    if (file !== undefined) write({ [file]: code });
    if (language === "console") text = text.replace(block, () => block.replace(code, () => ""));
    if (language !== "console") continue;
    const printed: string[] = [];
    for (const [, command = ""] of code.matchAll(/^\$ durabletest (.*)$/gm)) {
      const { stdout, stderr } = await run(words(command), { parallelism: 1 });
      printed.push(`$ durabletest ${command}\n${stdout}${stderr}`);
    }
    const shown = printed
      .join("\n")
      .replaceAll(`${directory}/`, "")
      .replaceAll(/[ \t]+$/gm, "");
    text = text.replace("```console\n```", () => `\`\`\`console\n${shown}\`\`\``);
  }
  await expect(text).toMatchFileSnapshot(page);
});

/** As a shell has them: `a 'b c'` is two. */
function words(command: string): readonly string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain = ""]) => quoted ?? plain);
}
