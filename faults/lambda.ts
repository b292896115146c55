import type { CaseRun } from "./fault-case.ts";
import { kindOf } from "./fault-kinds.ts";
import type { RuntimeName } from "./messages.ts";
import type { Plan } from "./plan.ts";
import { SandboxProcess, type SandboxEnd } from "./sandbox-process.ts";

/** An event of the service, as far as it is looked at here. */
export interface InvocationEvent {
  readonly DurableExecutionArn: string;
  readonly CheckpointToken: string;
  readonly InitialExecutionState: {
    readonly Operations: readonly object[];
    readonly NextMarker?: string;
  };
}

/** The function's timeout, as `docs/deploying.md` has it. Milliseconds. */
const TIMEOUT_MS = 60_000;

/**
 * How many invocations a sandbox has, and how many of them in which the AWS client may have given up. It has
 * a budget of retries: what it gives up on is lost, and a sandbox that is used for longer would run out of it.
 */
const USES = { all: 400, givingUp: 12 };

/**
 * What Lambda does between the service and the sandboxes.
 *
 * Owns: the sandboxes, warm and busy; how often an event is delivered; who is killed.
 * Does not own: the service and when it invokes (the runner), requests (`proxy.ts`).
 *
 * Invariants
 * 1. A sandbox has one event at a time.
 * 2. What a sandbox has been told about one case never reaches another, but for what the process keeps.
 */
export class Lambda {
  readonly #environment: (sandbox: string) => Readonly<Record<string, string>>;
  /** Those that have no event, and may get one. */
  readonly #warm: SandboxProcess[] = [];
  readonly #sandboxes = new Map<string, SandboxProcess>();
  /** How often an AWS client in it may have given up. */
  readonly #givenUp = new WeakMap<SandboxProcess, number>();
  #started = 0;

  /** @param environment - of a sandbox of that name: it tells its AWS client where the service is. */
  constructor(environment: (sandbox: string) => Readonly<Record<string, string>>) {
    this.#environment = environment;
  }

  /** How many sandboxes have been started. */
  get started(): number {
    return this.#started;
  }

  /**
   * Delivers an event, as often as the plan says.
   *
   * @returns the handler's answer.
   * @throws what Lambda would tell of an invocation that has failed.
   */
  async deliver(run: CaseRun, event: InvocationEvent): Promise<unknown> {
    run.tokenWithheld = false;
    const { redelivery } = run.case.plan;
    const ends: SandboxEnd[] = [];
    const invoke = async (): Promise<void> => {
      ends.push(await this.#invoke(run, event));
    };
    await Promise.all(redelivery === "twice" ? [invoke(), invoke()] : [invoke()]);
    const [first] = ends;
    if (redelivery === "again" && first?.kind === "died") await invoke();
    if (redelivery === "late" && first?.kind === "answered") await this.#invoke(run, event);
    return outcomeOf(ends, run);
  }

  /** Kills the sandbox of that name, whatever it is doing. */
  kill(name: string): void {
    void this.#sandboxes.get(name)?.kill();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#sandboxes.values()].map((sandbox) => sandbox.kill()));
  }

  async #invoke(run: CaseRun, event: InvocationEvent): Promise<SandboxEnd> {
    run.deliveries += 1;
    const sandbox = this.#acquire(run.case.runtime);
    const timer = setTimeout(() => {
      run.timedOut += 1;
      void sandbox.kill();
    }, TIMEOUT_MS);
    const end = await sandbox.invoke({
      handler: run.case.handler,
      event,
      impatient: isImpatient(run.case.plan),
      effect: (name, data) => {
        if (run.effect(name, data) === undefined) {
          return run.effects.filter((effect) => effect === name).length;
        }
        void sandbox.kill();
        return undefined;
      },
      unhandled: (error) => run.unhandled.push(error),
    });
    clearTimeout(timer);
    if (end.kind === "answered" && run.answer() !== undefined) {
      await sandbox.kill();
      return { kind: "died", error: "The sandbox was killed before its answer was delivered." };
    }
    if (end.kind !== "answered") run.broken.push(end.error);
    this.#release(sandbox, run);
    return end;
  }

  #acquire(runtime: RuntimeName): SandboxProcess {
    const at = this.#warm.findIndex((sandbox) => sandbox.runtime === runtime && sandbox.alive);
    const [warm] = at === -1 ? [] : this.#warm.splice(at, 1);
    if (warm !== undefined) return warm;
    this.#started += 1;
    const name = `sandbox-${this.#started}`;
    const sandbox = new SandboxProcess(runtime, this.#environment(name));
    this.#sandboxes.set(name, sandbox);
    return sandbox;
  }

  #release(sandbox: SandboxProcess, run: CaseRun): void {
    if (!sandbox.alive) return;
    const { faults } = run.case.plan;
    const givesUp = faults.length > 1 || faults.some(({ times }) => times > 1);
    const givenUp = (this.#givenUp.get(sandbox) ?? 0) + (givesUp ? 1 : 0);
    this.#givenUp.set(sandbox, givenUp);
    if (givenUp < USES.givingUp && sandbox.invocationCount < USES.all) this.#warm.push(sandbox);
    else void sandbox.kill();
  }
}

/**
 * What the service is told when an event was delivered more than once: that the execution has ended, if
 * one of them says so; that it waits; else that the invocation has failed.
 */
function outcomeOf(ends: readonly SandboxEnd[], run: CaseRun): unknown {
  const outputs = ends.flatMap((end) => (end.kind === "answered" ? [end.output] : []));
  const output = outputs.find((each) => statusOf(each) !== "PENDING") ?? outputs[0];
  const failure = ends.find((end) => end.kind !== "answered");
  if (outputs.length === 0) throw new Error(failure?.error ?? "The event was not delivered.");
  if (statusOf(output) === "PENDING" && run.tokenWithheld) {
    // The service that gave no token knows that it has to invoke again.
    throw new Error("The service ended this invocation: it gave no token.");
  }
  return output;
}

/** Whether a fault of the plan is one of silence that the suite does not want to wait for. */
function isImpatient({ faults, patient }: Plan): boolean {
  return !patient && faults.some(({ name }) => kindOf(name).silence === "impatient");
}

function statusOf(output: unknown): unknown {
  return typeof output === "object" && output !== null && "Status" in output
    ? output.Status
    : undefined;
}
