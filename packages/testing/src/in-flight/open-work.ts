/** For the error of a handler that seems to wait for nothing: what it may wait for all the same. */
export function describeOpenWork(names: readonly string[]): string {
  if (names.length === 0) return "";
  return ` Still open: ${names.join(", ")}. If it waits for one of these, nothing shows it: wrap what it awaits in realWork().`;
}
