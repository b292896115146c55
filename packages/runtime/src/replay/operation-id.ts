/**
 * Ids of operations: the first 16 hex digits of the md5 of the operation's path. Paths count from 1 in
 * every context and join with `-`: `1`, `2`, in the child context `2` then `2-1`.
 *
 * Source: the wire protocol; the same as in AWS's SDKs.
 */
function operationId(path: string): string {
  // Asked for when it is needed: loading it is most of what importing this package would cost.
  return process.getBuiltinModule("node:crypto").hash("md5", path).slice(0, 16);
}

/** Positions kept for each context; an operation further on has its id computed at every replay. */
const REMEMBERED = 16_384;

/**
 * The paths below one operation. A handler keeps its tree across invocations, because every replay
 * asks for the same ids again and hashing would be most of its work.
 */
export class OperationPath {
  readonly #path: string;
  readonly #ids: string[] = [];
  readonly #children: OperationPath[] = [];

  constructor(path = "") {
    this.#path = path;
  }

  /** The id of the operation at a position, which counts from 1. */
  id(position: number): string {
    const known = this.#ids[position];
    if (known !== undefined) return known;
    const id = operationId(this.#at(position));
    if (position <= REMEMBERED) this.#ids[position] = id;
    return id;
  }

  /** The paths below the operation at a position. */
  below(position: number): OperationPath {
    const known = this.#children[position];
    if (known !== undefined) return known;
    const child = new OperationPath(this.#at(position));
    if (position <= REMEMBERED) this.#children[position] = child;
    return child;
  }

  #at(position: number): string {
    return this.#path === "" ? String(position) : `${this.#path}-${position}`;
  }
}

/**
 * The id of the WAIT that times out a by-id wait. It is made of the wait's CONTEXT and the callback it
 * is for, so that whoever reads the state can tell which callback such a WAIT belongs to.
 */
export function callbackWaitTimeoutId(contextId: string, callbackOperationId: string): string {
  return operationId(`${contextId}-${callbackOperationId}`);
}
