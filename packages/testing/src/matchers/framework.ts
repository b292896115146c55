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

export function isPlain(value: unknown): value is Record<string, unknown> {
  return Object.prototype.toString.call(value) === "[object Object]" && !isAsymmetric(value);
}
