/** The `${NAME}`s of a requirement. */

/** What names stand for: given under `Variables`, or bound by what a history has in their place. */
export type Bindings = ReadonlyMap<string, unknown>;

const NAME = /\$\{(?<name>[^{}/]+)\}/;
const GENERATOR = /^\$\{GEN_STR:(?<length>\d+)\}$/;
const ALPHANUMERIC = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * The values of a requirement's `Variables`: `${GEN_STR:N}` is a text of N letters and digits.
 *
 * @param random - draws from [0, 1), as `Math.random` does.
 */
export function bindVariables(
  variables: Readonly<Record<string, string>>,
  random: () => number,
): Bindings {
  return new Map(
    Object.entries(variables).map(([name, value]) => {
      const length = GENERATOR.exec(value)?.groups?.["length"];
      return [name, length === undefined ? value : randomText(Number(length), random)];
    }),
  );
}

function randomText(length: number, random: () => number): string {
  return Array.from(
    { length },
    () => ALPHANUMERIC[Math.floor(random() * ALPHANUMERIC.length)],
  ).join("");
}

/** The name, if all of a text is one `${NAME}`. */
export function nameIn(text: string): string | undefined {
  const match = NAME.exec(text);
  return match?.[0] === text ? match.groups?.["name"] : undefined;
}

/** A text with what its names stand for. A name that is not bound stays as it is. */
export function substituteText(text: string, bindings: Bindings): string {
  return text.replaceAll(new RegExp(NAME, "g"), (whole, name: string) =>
    bindings.has(name) ? String(bindings.get(name)) : whole,
  );
}

/**
 * A value in which every name is replaced by what it stands for; one that makes up a whole text, by the
 * value itself.
 *
 * @throws Error for a name that stands for nothing.
 */
export function substitute(value: unknown, bindings: Bindings): unknown {
  if (typeof value === "string") {
    const name = nameIn(value);
    if (name !== undefined && bindings.has(name)) return bindings.get(name);
    const text = substituteText(value, bindings);
    const unbound = NAME.exec(text)?.[0];
    if (unbound === undefined) return text;
    throw new Error(`${unbound} stands for nothing: it is not among the Variables.`);
  }
  if (Array.isArray(value)) return value.map((element) => substitute(element, bindings));
  if (typeof value === "object" && value !== null) {
    return Object.fromEntries(
      Object.entries(value).map(([key, element]) => [key, substitute(element, bindings)]),
    );
  }
  return value;
}
