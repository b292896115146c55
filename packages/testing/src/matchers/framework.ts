/** A function that judges equality for types it knows. Frameworks make them; here they are passed on. */
export type EqualityTester = (
  this: never,
  a: never,
  b: never,
  customTesters: never,
) => boolean | undefined;

/** What matchers use of their `this`, which is much the same in Vitest and in Jest. */
export interface MatcherContext {
  readonly isNot?: boolean;
  /** `"resolves"` or `"rejects"`, if the matcher was called through it. */
  readonly promise?: string;
  readonly customTesters?: readonly EqualityTester[];
  equals(a: unknown, b: unknown, customTesters?: EqualityTester[], strictCheck?: boolean): boolean;
  readonly utils: {
    matcherHint(
      name: string,
      received?: string,
      expected?: string,
      options?: { isNot?: boolean; promise?: string; secondArgument?: string },
    ): string;
    printExpected(value: unknown): string;
    printReceived(value: unknown): string;
    diff(expected: unknown, received: unknown): string | null | undefined;
    readonly iterableEquality: EqualityTester;
    readonly subsetEquality: EqualityTester;
  };
}

/** What a matcher says. */
export interface MatcherResult {
  readonly pass: boolean;
  readonly message: () => string;
}

/** An asymmetric matcher: `expect.any(String)`, `expect.objectContaining(…)`. */
export interface AsymmetricMatch {
  asymmetricMatch(other: unknown): boolean;
}

/** Some properties of a `T`, each as it must be or as an asymmetric matcher. */
export type Pattern<T> = { readonly [Key in keyof T]?: T[Key] | AsymmetricMatch };

export function isAsymmetric(value: unknown): value is AsymmetricMatch {
  return (
    typeof value === "object" &&
    value !== null &&
    "asymmetricMatch" in value &&
    typeof value.asymmetricMatch === "function"
  );
}

/** Equal as `toEqual` means it: what is `undefined` may as well be absent. */
export function isEqual(context: MatcherContext, received: unknown, expected: unknown): boolean {
  const { customTesters = [], utils } = context;
  return context.equals(received, expected, [...customTesters, utils.iterableEquality]);
}

/** Has what is expected, as `toMatchObject` means it. */
export function matchesPattern(
  context: MatcherContext,
  received: unknown,
  pattern: unknown,
): boolean {
  const { customTesters = [], utils } = context;
  const testers = [...customTesters, utils.iterableEquality, utils.subsetEquality];
  return context.equals(received, pattern, testers);
}

/**
 * The difference, for a message. What an asymmetric matcher accepts is no difference; what a pattern
 * does not name is not shown.
 */
export function difference(
  context: MatcherContext,
  received: unknown,
  expected: unknown,
  scope: "whole" | "pattern",
): string {
  const { utils } = context;
  const ask = (value: unknown, wanted: AsymmetricMatch): boolean => isEqual(context, value, wanted);
  const sides = compared(received, expected, { ask, scope });
  const diff = utils.diff(sides.expected, sides.received);
  return diff === null || diff === undefined || diff === ""
    ? `Expected: ${utils.printExpected(expected)}\nReceived: ${utils.printReceived(sides.received)}`
    : diff;
}

interface Sides {
  readonly received: unknown;
  readonly expected: unknown;
}

function compared(
  received: unknown,
  expected: unknown,
  how: {
    readonly ask: (value: unknown, wanted: AsymmetricMatch) => boolean;
    readonly scope: "whole" | "pattern";
  },
): Sides {
  if (isAsymmetric(expected)) {
    return { received, expected: how.ask(received, expected) ? received : expected };
  }
  if (Array.isArray(received) && Array.isArray(expected)) {
    const sides = expected.map((item: unknown, index) => compared(received[index], item, how));
    return {
      expected: sides.map((side) => side.expected),
      received: received.map((item: unknown, index) => {
        const side = sides[index];
        return side === undefined ? item : side.received;
      }),
    };
  }
  if (!isPlain(received) || !isPlain(expected)) return { received, expected };
  const sides = Object.entries(expected).map(
    ([key, value]) => [key, compared(received[key], value, how)] as const,
  );
  const pick = (side: keyof Sides): Record<string, unknown> =>
    Object.fromEntries(
      sides.flatMap(([key, values]) =>
        side === "expected" || key in received ? [[key, values[side]]] : [],
      ),
    );
  const rest = how.scope === "whole" ? received : {};
  return { expected: pick("expected"), received: { ...rest, ...pick("received") } };
}

function isPlain(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]" && !isAsymmetric(value);
}
