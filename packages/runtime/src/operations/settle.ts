/** Settles with what a function returns, or rejects with what it, or settling, throws. */
export function settleFrom<R>(
  make: () => R | Promise<R>,
  resolve: (value: R) => void,
  reject: (error: unknown) => void,
): void {
  try {
    const value = make();
    if (value instanceof Promise) value.then(resolve).catch(reject);
    else resolve(value);
  } catch (error) {
    reject(error);
  }
}
