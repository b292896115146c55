import type { AttemptChoice, AttemptPoint } from "./step-scripts.ts";

/** A sandbox, by the execution and the number of its invocation. */
export interface InvocationKey {
  readonly executionArn: string;
  readonly invocation: number;
}

type Attempt = Pick<AttemptPoint, "executionArn" | "operationId" | "attempt">;

/**
 * What scripts have said about attempts, for those that are made again because somebody has decided that their
 * sandbox dies. The script knows nothing of that crash: without this, the next response of a list would answer for
 * an attempt of which the service has not heard.
 *
 * Owns: what was said, and which sandboxes have died so. A crash that a script asks for is the script's own.
 */
export class ScriptedAttempts {
  readonly #said = new Map<string, { readonly choice: AttemptChoice; readonly sandbox: string }>();
  readonly #dead = new Set<string>();

  copy(): ScriptedAttempts {
    const copy = new ScriptedAttempts();
    for (const [attempt, said] of this.#said) copy.#said.set(attempt, said);
    for (const sandbox of this.#dead) copy.#dead.add(sandbox);
    return copy;
  }

  /** Somebody has decided that a sandbox dies. */
  died(sandbox: InvocationKey): void {
    this.#dead.add(sandboxKey(sandbox));
  }

  /** What the script said about an attempt that was cut short, or what it says now. */
  choice(
    attempt: Attempt,
    invocation: number,
    ask: () => AttemptChoice | undefined,
  ): AttemptChoice | undefined {
    const { executionArn, operationId, attempt: number } = attempt;
    const key = `${executionArn} ${operationId} ${number}`;
    const said = this.#said.get(key);
    const isMadeAgain = said !== undefined && this.#dead.has(said.sandbox);
    const choice = isMadeAgain ? said.choice : ask();
    if (choice !== undefined && !isCrash(choice)) {
      this.#said.set(key, { choice, sandbox: sandboxKey({ executionArn, invocation }) });
    }
    return choice;
  }
}

function isCrash(choice: AttemptChoice): boolean {
  return typeof choice === "object" && choice.kind === "crash";
}

function sandboxKey({ executionArn, invocation }: InvocationKey): string {
  return `${executionArn} ${invocation}`;
}
