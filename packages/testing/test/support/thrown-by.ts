/** What a function throws. */
export function thrownBy(act: () => unknown): unknown {
  let value: unknown;
  try {
    value = act();
  } catch (error) {
    return error;
  }
  throw new Error(`It threw nothing, and returned ${JSON.stringify(value)}.`);
}
