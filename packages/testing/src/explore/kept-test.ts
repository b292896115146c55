import type { ExploreOptions } from "./options.ts";
import type { Property } from "./properties.ts";

/** An execution that lacks a property, as it is written down. */
interface Found {
  readonly property: Property;
  readonly schedule: string;
  /** As JSON. */
  readonly input: string | undefined;
}

/**
 * The text of a test that fails as an exploration did.
 *
 * What it was given as plain data stands in the text; where more than that matters, the test takes all of it from
 * `options`.
 *
 * @param given - the options of the exploration.
 */
export function keptTest({ property, schedule, input }: Found, given: ExploreOptions): string {
  const takesOptions = needsCode(property, given);
  const options = [
    ...(takesOptions ? ["...options"] : []),
    ...(input === undefined && (given.input === undefined || !takesOptions)
      ? []
      : [`input: ${input}`]),
    ...(takesOptions ? [] : plainOptions(given)),
    // It takes more than one execution.
    ...(property === "repeats" ? [] : ["schedule"]),
  ];
  return [
    `test("goes the way that explore() has found", async () => {`,
    ...(property === "repeats" ? [] : [`  const schedule =`, `    ${quoted(schedule)};`]),
    ...(takesOptions ? ["  // options: all that explore() was given."] : []),
    `  await explore(handler${options.length === 0 ? "" : `, { ${options.join(", ")} }`});`,
    `});`,
  ].join("\n");
}

/** Whether functions or responses have a part in the failure. A schedule says what is answered, but not after no crash. */
function needsCode(
  property: Property,
  { check, functions, durableFunctions, callbacks, beforeEach }: ExploreOptions,
): boolean {
  const always = [property === "check" ? check : undefined, functions, durableFunctions];
  const compared = property === "sameOutcomeAfterCrash" ? [callbacks, beforeEach] : [];
  return [...always, ...compared].some(
    (code) => typeof code === "function" || Object.keys(code ?? {}).length > 0,
  );
}

function plainOptions(given: ExploreOptions): readonly string[] {
  const { startTime, invocationTimeout, maxInvocations, seed, expect } = given;
  const plain = {
    startTime: startTime === undefined ? undefined : new Date(startTime),
    invocationTimeout,
    maxInvocations,
    seed,
    expect,
  };
  return Object.entries(plain).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${JSON.stringify(value)}`],
  );
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", String.raw`\'`)}'`;
}
