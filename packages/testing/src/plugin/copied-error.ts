/**
 * Copies of what tests throw. One error may be thrown by several tests, and a framework may show it when all of them
 * have run: what is said of one of them must not stand in it.
 */
// Not by import, which a test file may mock.
const { types } = process.getBuiltinModule("node:util");

/**
 * An error that is shown as the other one is: its class, its own properties, its message and its stack. It can be
 * changed also where somebody has frozen the other one.
 */
export function copiedError<Thrown extends Error>(error: Thrown): Thrown {
  // Frameworks tell errors from other objects by what they are, not only by their class.
  // oxlint-disable-next-line typescript/no-deprecated -- `Error.isError` is not in Node 22
  const copy = types.isNativeError(error) ? new Error() : {};
  Reflect.deleteProperty(copy, "stack");
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error) as object | null);
  for (const key of Reflect.ownKeys(error)) {
    const property = Reflect.getOwnPropertyDescriptor(error, key);
    if (property !== undefined) Object.defineProperty(copy, key, changeable(property));
  }
  for (const key of ["name", "code"]) if (isComputed(key, copy)) keep(key, copy, error);
  for (const key of ["message", "stack"]) if (key in error) keep(key, copy, error);
  return copy as Thrown;
}

function changeable(property: PropertyDescriptor): PropertyDescriptor {
  const isData = Object.hasOwn(property, "value");
  return { ...property, configurable: true, ...(isData ? { writable: true } : {}) };
}

/** As a property of its own: what computes it may know only the other one. */
function keep(key: string, copy: object, error: object): void {
  const enumerable = Reflect.getOwnPropertyDescriptor(copy, key)?.enumerable ?? false;
  const value: unknown = Reflect.get(error, key);
  Object.defineProperty(copy, key, { value, enumerable, writable: true, configurable: true });
}

/** A `DOMException` for instance has its name from its class, which asks what is in no property. */
function isComputed(key: string, holder: object | null): boolean {
  if (holder === null) return false;
  const property = Reflect.getOwnPropertyDescriptor(holder, key);
  return property === undefined
    ? isComputed(key, Object.getPrototypeOf(holder) as object | null)
    : property.get !== undefined;
}
