import { checkedConfig, type Allowed, type Options } from "./check/config.ts";
import { describeValue } from "./describe-value.ts";
import { InvalidArgumentError } from "./errors.ts";
import type { Serdes } from "./serdes.ts";

/** Settings of {@link createClassSerdes}. */
export interface ClassSerdesConfig {
  /** Fields that hold dates, as paths: `"createdAt"`, `"review.at"`. They come back as `Date`. */
  readonly dates?: readonly string[] | undefined;
}

const dates: Allowed = {
  fits: (value) =>
    Array.isArray(value) && value.every((path) => typeof path === "string" && path !== ""),
  otherwise: "no list of paths",
};

const classSerdesOptions: Options<ClassSerdesConfig> = { dates };

/**
 * Makes a serdes whose values come back as instances of a class: a new instance, with the fields that were
 * stored.
 *
 * Fields are stored as JSON. Private ones (`#field`) are not, nor are the classes of instances within; what
 * those need is a serdes of your own.
 *
 * Source: `@aws/durable-execution-sdk-js` 2.4.0, `createClassSerdes` and `createClassSerdesWithDates`.
 *
 * @param type - a class whose constructor needs no arguments.
 * @throws InvalidArgumentError when `type` is no class, or a setting cannot be right.
 *
 * @example
 * ```ts
 * class Article {
 *   title = "";
 *   createdAt = new Date();
 *   ageMs(): number {
 *     return Date.now() - this.createdAt.getTime();
 *   }
 * }
 *
 * const article = await context.step("load", () => loadArticle(id), {
 *   serdes: createClassSerdes(Article, { dates: ["createdAt"] }),
 * });
 * article.ageMs(); // an Article, whose date is one
 * ```
 */
export function createClassSerdes<T extends object>(
  type: new () => T,
  config: ClassSerdesConfig = {},
): Serdes<T> {
  if (typeof type !== "function" || typeof type.prototype !== "object") {
    throw new InvalidArgumentError(`createClassSerdes: ${describeValue(type)} is no class.`);
  }
  const settings = checkedConfig<ClassSerdesConfig>(
    () => "createClassSerdes",
    config,
    classSerdesOptions,
  );
  const paths = (settings.dates ?? []).map((path) => path.split("."));
  return {
    serialize: (value) => JSON.stringify(value),
    deserialize(text) {
      const data: unknown = JSON.parse(text);
      if (typeof data !== "object" || data === null || Array.isArray(data)) {
        throw new TypeError(
          `what was stored is ${describeValue(data)}, which has no fields for ${type.name}`,
        );
      }
      const instance = Object.assign(new type(), withoutPrototype(data));
      for (const path of paths) reviveDate(instance, path);
      return instance;
    },
  };
}

/** Who writes a payload has no say in what it is an instance of. */
function withoutPrototype(data: object): object {
  return Object.fromEntries(Object.entries(data).filter(([key]) => key !== "__proto__"));
}

function reviveDate(holder: object, [key = "", ...rest]: readonly string[]): void {
  const value: unknown = Reflect.get(holder, key);
  if (rest.length === 0) {
    if (typeof value === "string") Reflect.set(holder, key, dateOf(value, key));
  } else if (typeof value === "object" && value !== null) {
    reviveDate(value, rest);
  }
}

function dateOf(text: string, key: string): Date {
  const date = new Date(text);
  if (!Number.isNaN(date.getTime())) return date;
  throw new TypeError(`${key} is ${describeValue(text)}, which is no date`);
}
