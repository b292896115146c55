// Not by import, which a test file may mock.
const { createHash } = process.getBuiltinModule("node:crypto");

/** Which test a report is of. */
export interface ReportedTest {
  /** With the names of what it stands in. */
  readonly name: string;
  /** Its file, from the root of the project. */
  readonly file?: string | undefined;
  /** The project of the test framework, where there are several. */
  readonly project?: string | undefined;
  /** Of several tests of that name in that file, which one: 1, 2, and so on. */
  readonly occurrence: number;
}

/** Bytes of what can be read in a name: file systems take 255 for all of it, some of them 143. */
const READABLE_BYTES = 100;

/**
 * The name of the file for the report of a test: what can be read of the names of its file and itself, and a checksum
 * that tells it from all other tests, also where case does not count. Letters and digits of any script stay; nothing
 * is in it that a shell, a URL or a file system takes for something else.
 *
 * @example
 * ```ts
 * reportFileName({ name: "ships / what was approved", file: "src/order.test.ts", occurrence: 1 });
 * // "order-ships-what-was-approved-….html"
 * ```
 */
export function reportFileName({
  name,
  file = "",
  project = "",
  occurrence,
}: ReportedTest): string {
  const place = file.replaceAll("\\", "/");
  const readable = [baseName(place), name].map(words).filter((text) => text !== "");
  const checksum = createHash("sha256")
    .update(JSON.stringify([project, place, name, occurrence]))
    .digest("hex")
    .slice(0, 8);
  return `${[firstBytes(readable.join("-"), READABLE_BYTES), checksum].filter((text) => text !== "").join("-")}.html`;
}

/** `src/order.test.ts` is called order. */
function baseName(place: string): string {
  const name = place.slice(place.lastIndexOf("/") + 1);
  return name.replace(/(?:\.(?:test|spec))?\.[cm]?[jt]sx?$/, "");
}

function words(text: string): string {
  return text
    .normalize("NFC")
    .replaceAll(/[^\p{L}\p{N}\p{M}_]+/gu, "-")
    .replaceAll(/^-|-$/g, "");
}

/** Whole characters, as many as fit. */
function firstBytes(text: string, limit: number): string {
  let bytes = 0;
  let kept = "";
  for (const character of text) {
    bytes += Buffer.byteLength(character);
    if (bytes > limit) break;
    kept += character;
  }
  return kept.replace(/-$/, "");
}
