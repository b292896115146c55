/**
 * What comes back once a `T` has been through JSON, as every result does that is recorded: a `Date` is a text,
 * a class instance its data, functions are gone, a field that may be undefined may be absent. `T` itself
 * where nothing changes.
 *
 * Generic code that returns what an operation gives says so in its own type. An operation with a `serdes` of
 * its own gives what that makes instead.
 *
 * @example
 * ```ts
 * const order = await context.step("load", () => ({ id: "o-1", at: new Date(), note: findNote() }));
 * // { id: string; at: string; note?: string }
 *
 * async function audited<T>(
 *   context: DurableContext,
 *   act: () => Promise<T>,
 * ): Promise<Serialized<T>> {
 *   await context.step("audit", () => audit(context.executionArn));
 *   return context.step("act", act);
 * }
 * ```
 */
export type Serialized<T> = [T] extends [Leaf]
  ? T
  : true extends Changes<T, Depth>
    ? EachSerialized<T>
    : T;

/** Of a union, only what changes becomes another. */
type EachSerialized<T> = T extends unknown ? (true extends Changes<T, Depth> ? Json<T> : T) : never;

/** What JSON leaves as it is, at the top and in fields. */
type Leaf = string | number | boolean | null | undefined | void;

/**
 * How many objects and lists deep a change is looked for: a type that refers to itself has no end, and types of
 * hundreds of others cost time. What changes is mapped to its end all the same.
 */
type Depth = 8;
type Less = [never, 0, 1, 2, 3, 4, 5, 6, 7];

/** Whether any part of a type changes: true, false, or both. */
type Changes<T, D extends number> =
  IsAny<T> extends true
    ? false
    : T extends Leaf
      ? false
      : D extends 0
        ? false
        : T extends readonly unknown[]
          ? ElementChanges<T[number], Less[D]>
          : T extends Special
            ? true
            : T extends object
              ? { [Key in keyof T]: T[Key] } extends T
                ? FieldChanges<T, Less[D]>
                : true // it has private members
              : false;

type ElementChanges<T, D extends number> = T extends undefined
  ? true
  : T extends Leaf
    ? false
    : Changes<T, D>;

type FieldChanges<T, D extends number> = {
  [Key in keyof T]-?: T[Key] extends Plain
    ? false
    : undefined extends T[Key]
      ? IsOptional<T, Key> extends true
        ? Changes<T[Key], D>
        : true
      : Changes<T[Key], D>;
}[keyof T];

/** Most fields: the compiler need not look further. */
type Plain = PlainValue | readonly PlainValue[];
type PlainValue = string | number | boolean | null;

/** What JSON makes of a type that changes. Nothing (`never`) where JSON.stringify throws. */
type Json<T> = T extends bigint | symbol | AnyFunction
  ? never
  : T extends { readonly toJSON: (key: never) => infer Data }
    ? Serialized<Data>
    : T extends readonly unknown[]
      ? { [Index in keyof T]: Element<T[Index], IsOptionalElement<T, Index>> }
      : T extends ArrayBufferView
        ? Record<string, number>
        : T extends Emptied
          ? Record<string, never>
          : T extends Error
            ? Fields<Omit<T, keyof Error>>
            : Fields<T>;

/** In an array, what has no JSON form is null; an optional element is not there. */
type Element<T, Optional> =
  IsAny<T> extends true
    ? T
    : | Serialized<Exclude<T, Absent>>
      | (Optional extends true ? never : T extends Absent ? null : never);

type IsOptionalElement<T, Index extends keyof T> = number extends Index
  ? false
  : object extends Pick<T, Index>
    ? true
    : false;

/**
 * In an object, what has no JSON form is not there. The types stand in here, not under names of their own, so
 * that a hover shows what they are made of.
 */
type Fields<T> = "maybe absent" extends { [Key in keyof T]-?: Fate<T, Key> }[keyof T]
  ? Kept<T> & MaybeAbsent<T> extends infer Both
    ? { [Key in keyof Both]: Both[Key] }
    : never
  : { [Key in keyof T as Fate<T, Key> extends "kept" ? Key : never]: Value<T[Key]> };

type Kept<T> = { [Key in keyof T as Fate<T, Key> extends "kept" ? Key : never]: Value<T[Key]> };

type MaybeAbsent<T> = {
  [Key in keyof T as Fate<T, Key> extends "maybe absent" ? Key : never]?: Serialized<
    Exclude<T[Key], Absent>
  >;
};

type Value<T> = unknown extends T ? T : Serialized<Exclude<T, symbol | AnyFunction>>;

type Fate<T, Key extends keyof T> = unknown extends T[Key]
  ? "kept"
  : [Extract<T[Key], Absent>] extends [never]
    ? "kept"
    : [Exclude<T[Key], Absent>] extends [never]
      ? "dropped"
      : IsOptional<T, Key> extends true
        ? "kept"
        : "maybe absent";

/** `unknown` as well: whatever is in there, the key stays. */
type IsOptional<T, Key extends keyof T> = unknown extends T[Key]
  ? true
  : object extends Pick<T, Key>
    ? true
    : false;

/** What changes, whatever is in it. */
type Special = bigint | symbol | AnyFunction | { readonly toJSON: AnyFunction } | Emptied | Opaque;
type Opaque = ArrayBufferView | Error;

/** What JSON leaves out of an object. */
type Absent = undefined | void | symbol | AnyFunction;

type AnyFunction = ((...args: never) => unknown) | (abstract new (...args: never) => unknown);

/** What JSON makes `{}` of. */
type Emptied =
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | WeakMap<WeakKey, unknown>
  | WeakSet<WeakKey>
  | RegExp
  | PromiseLike<unknown>
  | ArrayBuffer;

type IsAny<T> = 0 extends 1 & T ? true : false;
