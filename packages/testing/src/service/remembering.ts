/** So many texts are remembered; then all are forgotten. */
const MOST = 10_000;

/** The same function, which does not make again of a text what it has made: executions that begin alike ask alike. */
export function remembering<T>(make: (text: string) => T): (text: string) => T {
  const made = new Map<string, T>();
  return (text) => {
    const known = made.get(text);
    if (known !== undefined) return known;
    if (made.size >= MOST) made.clear();
    const value = make(text);
    made.set(text, value);
    return value;
  };
}
