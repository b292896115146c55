/** A stream of numbers in [0, 1) that a seed determines: 32 bits of state, one multiplication round each. */
export function createRandom(seed: number): () => number {
  let state = Math.imul(seed ^ Math.floor(seed / 2 ** 32), 0x9e3779b1) >>> 0;
  const next32 = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  return () => (next32() * 2 ** 21 + (next32() >>> 11)) / 2 ** 53;
}
