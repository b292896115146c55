import type { ExecutionStateResponse } from "@durabletest/runtime";
import type {
  DurableExecutionInvocationInput,
  DurableExecutionInvocationOutput,
  HistoryEvent,
  Operation,
  OperationUpdate,
} from "@durabletest/runtime/protocol";
import { expect } from "vitest";
import {
  applyTimer,
  beginInvocation,
  checkpoint,
  completeInvocation,
  executionStatePage,
  startExecution,
} from "../../src/service/service.ts";
import type {
  Effect,
  ExecutionState,
  ServiceSetup,
  ServiceTimer,
} from "../../src/service/state.ts";
import { eventsOf } from "./history.ts";
import { setup } from "./setup.ts";

/** Where the clock of these tests begins. */
export const START: number = Date.UTC(2025, 0, 1);
export const at = (seconds: number): Date => new Date(START + seconds * 1000);

const ARN = "arn:test";

/**
 * One execution at the service itself: without an engine, without an SDK.
 *
 * Owns: the clock, the armed timers, the token. The test plays the handler and the world.
 */
export class ServedExecution {
  readonly state: ExecutionState;
  readonly #timers = new Map<string, { readonly timer: ServiceTimer; readonly dueAt: number }>();
  /** What the world is to look after: callbacks and invokes, in order. */
  readonly begun: Effect[] = [];
  #now = START;
  #token = "";

  constructor(
    options: {
      readonly setup?: Partial<ServiceSetup>;
      readonly arn?: string;
      readonly input?: string;
      readonly timeoutSeconds?: number;
    } = {},
  ) {
    const { state, effects } = startExecution({
      arn: options.arn ?? ARN,
      setup: { ...setup, ...options.setup },
      input: options.input,
      now: this.#now,
      timeoutSeconds: options.timeoutSeconds,
    });
    this.state = state;
    this.take(effects);
  }

  /** Seconds since the start. */
  get now(): number {
    return (this.#now - START) / 1000;
  }

  /** When what is armed is due, in seconds since the start, by kind and operation. */
  get timers(): Readonly<Record<string, number>> {
    const entries = [...this.#timers].map(([key, { dueAt }]) => [key, (dueAt - START) / 1000]);
    return Object.fromEntries(entries) as Record<string, number>;
  }

  invoke(): DurableExecutionInvocationInput {
    const input = beginInvocation(this.state, this.#now);
    this.#token = input.CheckpointToken;
    return input;
  }

  /** What the handler is told. */
  checkpoint(...Updates: readonly OperationUpdate[]): readonly Operation[] {
    const { arn: DurableExecutionArn } = this.state;
    const request = { DurableExecutionArn, CheckpointToken: this.#token, Updates };
    const { response, effects } = checkpoint(this.state, this.#now, request);
    this.#token = response.CheckpointToken ?? "";
    this.take(effects);
    return response.NewExecutionState?.Operations ?? [];
  }

  page(
    request: { readonly Marker?: string; readonly MaxItems?: number } = {},
  ): ExecutionStateResponse {
    const { arn: DurableExecutionArn } = this.state;
    const asked = { DurableExecutionArn, CheckpointToken: this.#token, ...request };
    return executionStatePage(this.state, asked);
  }

  answer(output: DurableExecutionInvocationOutput): void {
    this.take(completeInvocation(this.state, this.#now, { kind: "answered", output }));
  }

  /** Lets time pass, and what is due happen. */
  pass(seconds: number): void {
    const until = this.#now + seconds * 1000;
    for (;;) {
      const [first] = [...this.#timers].toSorted(([, a], [, b]) => a.dueAt - b.dueAt);
      if (first === undefined || first[1].dueAt > until) break;
      const [key, { timer, dueAt }] = first;
      this.#timers.delete(key);
      this.#now = dueAt;
      this.take(applyTimer(this.state, dueAt, timer));
    }
    this.#now = until;
  }

  /** Does what the service asks of the world around it. */
  take(effects: readonly Effect[]): void {
    for (const effect of effects) {
      expect(effect).toHaveProperty("kind");
      switch (effect.kind) {
        case "arm":
          this.#timers.set(keyOf(effect.timer), { timer: effect.timer, dueAt: effect.dueAt });
          break;
        case "disarm":
          this.#timers.delete(keyOf(effect.timer));
          break;
        case "callback-started":
        case "invoke-started":
          this.begun.push(effect);
          break;
        case "execution-ended":
          this.#timers.clear();
      }
    }
  }

  operation(id: string): Operation | undefined {
    return this.state.operations.get(id)?.operation;
  }

  events<Type extends HistoryEvent["EventType"]>(
    type: Type,
  ): Extract<HistoryEvent, { readonly EventType: Type }>[] {
    return eventsOf(this.state, type);
  }
}

function keyOf({ kind, operationId }: ServiceTimer): string {
  return `${kind} ${operationId}`;
}
