/** A stream of numbers that a seed determines: 32 bits of state, one multiplication round each. */
export class RandomStream {
  #state: number;

  constructor(seed: number) {
    this.#state = Math.imul(seed ^ Math.floor(seed / 2 ** 32), 0x9e3779b1) >>> 0;
  }

  /** The next one, in [0, 1). */
  next(): number {
    return (this.#next32() * 2 ** 21 + (this.#next32() >>> 11)) / 2 ** 53;
  }

  /** Another stream, which goes on from here. */
  copy(): RandomStream {
    const copy = new RandomStream(0);
    copy.#state = this.#state;
    return copy;
  }

  #next32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    const state = this.#state;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
