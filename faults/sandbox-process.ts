import { type ChildProcess, fork } from "node:child_process";
import type { FromSandbox, RuntimeName, ToSandbox } from "./messages.ts";

/** How an invocation ended. */
export type SandboxEnd =
  | { readonly kind: "answered"; readonly output: unknown }
  | { readonly kind: "rejected"; readonly error: string }
  /** The process is gone. */
  | { readonly kind: "died"; readonly error: string };

/** What a sandbox is asked to do, and whom it tells what happens meanwhile. */
export interface Invocation {
  readonly handler: string;
  readonly event: object;
  readonly impatient: boolean;
  /** @returns how often it has happened; undefined when nobody tells, because the sandbox is dead. */
  readonly effect: (name: string, data: string | undefined) => number | undefined;
  /** A promise was rejected, and nobody handled it. Also after the end. */
  readonly unhandled: (error: string) => void;
}

/** Node 22 strips types only when it is told to. */
const STRIP_TYPES = process.features.typescript === false ? ["--experimental-strip-types"] : [];

/**
 * The near end of one sandbox.
 *
 * Owns: the process, and what it says.
 * Does not own: which events it is given, and when it is killed (`lambda.ts`).
 */
export class SandboxProcess {
  readonly runtime: RuntimeName;
  readonly #child: ChildProcess;
  readonly #invocations = new Map<
    number,
    Invocation & { readonly end: (end: SandboxEnd) => void }
  >();
  readonly #exited: Promise<void>;
  #count = 0;
  #alive = true;
  #stderr = "";

  /** @param environment - for its AWS client, above all the endpoint. */
  constructor(runtime: RuntimeName, environment: Readonly<Record<string, string>>) {
    this.runtime = runtime;
    this.#child = fork(new URL("sandbox.ts", import.meta.url), [runtime], {
      execArgv: ["--conditions=@durabletest/source", "--no-warnings", ...STRIP_TYPES],
      env: { ...process.env, ...environment, NODE_OPTIONS: "" },
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#child.on("message", (message) => this.#heard(message as FromSandbox));
    this.#child.stderr?.on("data", (chunk) => {
      this.#stderr = (this.#stderr + String(chunk)).slice(-2000);
    });
    this.#exited = new Promise((resolve) => {
      this.#child.on("error", (error) => {
        this.#gone(String(error));
        resolve();
      });
      this.#child.on("exit", (code, signal) => {
        this.#gone(`The sandbox ended: ${signal ?? `exit code ${code}. ${this.#stderr}`}`);
        resolve();
      });
    });
  }

  /** How many events it has been given. */
  get invocationCount(): number {
    return this.#count;
  }

  get alive(): boolean {
    return this.#alive;
  }

  invoke(invocation: Invocation): Promise<SandboxEnd> {
    this.#count += 1;
    const id = this.#count;
    const { handler, event, impatient } = invocation;
    return new Promise((resolve) => {
      if (!this.#alive) {
        resolve({ kind: "died", error: "The sandbox was dead already." });
        return;
      }
      this.#invocations.set(id, { ...invocation, end: resolve });
      this.#tell({ kind: "invoke", id, handler, event, impatient });
    });
  }

  /** SIGKILL: whatever it was about to do, it does not do. */
  kill(): Promise<void> {
    this.#alive = false;
    this.#child.kill("SIGKILL");
    return this.#exited;
  }

  #tell(message: ToSandbox): void {
    // Into a channel that has just broken: the exit says the rest.
    this.#child.send(message, () => {});
  }

  #heard(message: FromSandbox): void {
    if (!this.#alive) return;
    switch (message.kind) {
      case "effect": {
        const { id, invocation, name, data } = message;
        const count = this.#invocations.get(invocation)?.effect(name, data);
        if (count !== undefined) this.#tell({ kind: "go on", id, count });
        return;
      }
      case "unhandled": {
        const latest = this.#invocations.get(message.invocation ?? this.#count);
        latest?.unhandled(message.error);
        return;
      }
      case "answered":
        this.#invocations.get(message.id)?.end({ kind: "answered", output: message.output });
        return;
      case "rejected":
        this.#invocations.get(message.id)?.end({ kind: "rejected", error: message.error });
    }
  }

  #gone(error: string): void {
    this.#alive = false;
    for (const { end } of this.#invocations.values()) end({ kind: "died", error });
    this.#invocations.clear();
  }
}
