import { InvalidArgumentError } from "@durabletest/runtime";
import { matcherNames } from "./names.ts";

/** As much of `expect` as is used here. */
interface Expect {
  extend(matchers: Readonly<Record<string, () => never>>): void;
}

/** Where Vitest has its `expect`, also where that is no global name. */
const EXPECT_OF_VITEST = Symbol.for("expect-global");

/**
 * Has the matchers say how they are registered, where the framework's `expect` is within reach and nobody has done
 * so: otherwise they are "not a function". Whoever registers them later replaces these.
 */
export function explainUnregisteredMatchers(): void {
  const expect: unknown =
    Reflect.get(globalThis, "expect") ?? Reflect.get(globalThis, EXPECT_OF_VITEST);
  if (!canExtend(expect) || matcherNames.some((name) => name in expect)) return;
  expect.extend(
    Object.fromEntries(
      matcherNames.map((name) => [
        name,
        () => {
          throw new InvalidArgumentError(explanation(name));
        },
      ]),
    ),
  );
}

function canExtend(expect: unknown): expect is Expect {
  return typeof expect === "function" && "extend" in expect && typeof expect.extend === "function";
}

function explanation(name: string): string {
  return [
    `${name} is a matcher of durabletest that has not been registered here. Either import durableTest from the plugin for your framework, or add to its configuration:`,
    `  Jest    preset: "@durabletest/jest-plugin", or setupFilesAfterEnv: ["@durabletest/jest-plugin/setup"]`,
    `  Vitest  plugins: [durable()], with durable from "@durabletest/vitest-plugin/config"`,
    `  others  expect.extend(durableMatchers), from "@durabletest/testing/matchers"`,
  ].join("\n");
}
