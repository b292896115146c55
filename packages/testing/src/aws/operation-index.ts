import type { Event } from "@aws-sdk/client-lambda";
import type { ErrorObject, Operation } from "@aws/durable-execution-sdk-js";

/** Where an index takes what it does not know itself. */
export interface OperationSource {
  /** The operation that has these events. */
  operation(id: string, events: readonly Event[]): Operation;

  // The three calls with which the outside world moves a callback.
  succeed(callbackId: string, result: string | undefined): Promise<object>;
  fail(callbackId: string, error: ErrorObject | undefined): Promise<object>;
  heartbeat(callbackId: string): Promise<object>;
}

/**
 * The operations of one execution, found by id, name, place, and the operation around them.
 *
 * Owns: the order of the operations, and which events are about which.
 * Does not own: what the operations are (the source's).
 */
export class OperationIndex {
  readonly source: OperationSource;
  /** By operation id, in the order of their first events: the order in which they started. */
  readonly #events = new Map<string, Event[]>();
  readonly #ids: string[] = [];
  readonly #byName = new Map<string, string[]>();
  readonly #children = new Map<string, string[]>();

  constructor(source: OperationSource) {
    this.source = source;
  }

  /** Takes in the next event of the history. */
  add(event: Event): void {
    const { Id, Name, ParentId } = event;
    if (Id === undefined || isAboutExecution(event)) return;
    const known = this.#events.get(Id);
    if (known !== undefined) {
      known.push(event);
      return;
    }
    this.#events.set(Id, [event]);
    this.#ids.push(Id);
    if (Name !== undefined) listUnder(this.#byName, Name, Id);
    if (ParentId !== undefined) listUnder(this.#children, ParentId, Id);
  }

  /** In the order in which they started. */
  get ids(): readonly string[] {
    return this.#ids;
  }

  has(id: string): boolean {
    return this.#events.has(id);
  }

  /** From 0; negative ones count from the end. */
  at(index: number): string | undefined {
    return this.#ids.at(index);
  }

  /** All names, in the order in which they came up. */
  get names(): readonly string[] {
    return [...this.#byName.keys()];
  }

  /** How many operations have a name. */
  countOf(name: string): number {
    return this.#byName.get(name)?.length ?? 0;
  }

  byName(name: string, index: number): string | undefined {
    return this.#byName.get(name)?.at(index);
  }

  childrenOf(id: string): readonly string[] {
    return this.#children.get(id) ?? [];
  }

  /** None, where there is no such operation. */
  eventsOf(id: string): readonly Event[] {
    return this.#events.get(id) ?? [];
  }

  /** @throws Error when there is no such operation. */
  operation(id: string): Operation {
    return this.source.operation(id, this.eventsOf(id));
  }
}

function isAboutExecution({ EventType }: Event): boolean {
  return EventType?.startsWith("Execution") ?? false;
}

function listUnder(lists: Map<string, string[]>, key: string, id: string): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [id]);
  else list.push(id);
}
