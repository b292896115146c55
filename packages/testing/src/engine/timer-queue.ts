/** One thing that will happen at a time. */
export interface Due<T> {
  /** Virtual epoch milliseconds. */
  readonly dueAt: number;
  /** Counts the armings: the earlier armed of two that are due together happens first. */
  readonly sequence: number;
  readonly what: T;
  /** Where it stands in the heap; -1 when it is not waiting any more. */
  position: number;
}

/**
 * Everything that is due, in one total order: due time, then the order of arming.
 *
 * A binary heap; entries know their place, so that one can be taken out from the middle.
 */
export class TimerQueue<T> {
  readonly #heap: Due<T>[] = [];
  #sequence = 0;

  get size(): number {
    return this.#heap.length;
  }

  arm(dueAt: number, what: T): Due<T> {
    this.#sequence += 1;
    const due: Due<T> = { dueAt, sequence: this.#sequence, what, position: this.#heap.length };
    this.#heap.push(due);
    this.#rise(due);
    return due;
  }

  /** Takes an entry out; one that has happened or been taken out is none of ours any more. */
  disarm(due: Due<T>): void {
    const { position } = due;
    if (position === -1) return;
    due.position = -1;
    const last = this.#heap.pop();
    if (last === undefined || last === due) return;
    this.#put(last, position);
    this.#rise(last);
    this.#sink(last);
  }

  peek(): Due<T> | undefined {
    return this.#heap[0];
  }

  pop(): Due<T> | undefined {
    const first = this.#heap[0];
    if (first !== undefined) this.disarm(first);
    return first;
  }

  /** The first of those that `is` picks; looks at all of them. */
  firstOf<S extends T>(is: (what: T) => what is S): Due<S> | undefined {
    let first: Due<S> | undefined;
    for (const due of this.#heap) {
      if (isOf(due, is) && (first === undefined || comesBefore(due, first))) first = due;
    }
    return first;
  }

  /** All that is due when the first is, in order. */
  firstTogether(): readonly Due<T>[] {
    const [first, left, right] = this.#heap;
    if (first === undefined) return [];
    const { dueAt } = first;
    // Whatever is due at the same time stands below one of these, or is one of them.
    if (left?.dueAt !== dueAt && right?.dueAt !== dueAt) return [first];
    return this.#heap
      .filter((due) => due.dueAt === dueAt)
      .toSorted((a, b) => a.sequence - b.sequence);
  }

  /** All entries, in the order of their arming. */
  inOrderOfArming(): readonly Due<T>[] {
    return this.#heap.toSorted((a, b) => a.sequence - b.sequence);
  }

  clear(): void {
    for (const due of this.#heap) due.position = -1;
    this.#heap.length = 0;
  }

  #put(due: Due<T>, position: number): void {
    this.#heap[position] = due;
    due.position = position;
  }

  #rise(due: Due<T>): void {
    while (due.position > 0) {
      const position = due.position;
      const above = this.#heap[(position - 1) >> 1];
      if (above === undefined || !comesBefore(due, above)) return;
      this.#put(due, above.position);
      this.#put(above, position);
    }
  }

  #sink(due: Due<T>): void {
    for (;;) {
      const position = due.position;
      const left = this.#heap[2 * position + 1];
      const right = this.#heap[2 * position + 2];
      const first =
        right !== undefined && left !== undefined && comesBefore(right, left) ? right : left;
      if (first === undefined || !comesBefore(first, due)) return;
      this.#put(due, first.position);
      this.#put(first, position);
    }
  }
}

function isOf<T, S extends T>(due: Due<T>, is: (what: T) => what is S): due is Due<S> {
  return is(due.what);
}

function comesBefore(a: Due<unknown>, b: Due<unknown>): boolean {
  return a.dueAt < b.dueAt || (a.dueAt === b.dueAt && a.sequence < b.sequence);
}
