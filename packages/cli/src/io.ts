import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { buffer } from "node:stream/consumers";
import { setTimeout as passed } from "node:timers/promises";

/** Where text goes. */
export interface Output {
  write(text: string): void;
  readonly isTTY: boolean;
  /** How many characters a line of the terminal holds; undefined where there is none. */
  readonly columns: number | undefined;
}

/** What a command has of the process around it: everything it reads and writes but files. */
export interface Io {
  readonly stdout: Output;
  readonly stderr: Output;
  /** All that comes in, once it has come. */
  readonly readStdin: () => Promise<Uint8Array>;
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** How many threads can work at once. */
  readonly parallelism: number;
  /**
   * From now on, what code of users writes to stdout goes to stderr, through the console or not: stdout is for one
   * text of the command. A process that has inherited stdout, or what knows it by its descriptor, still writes there.
   */
  readonly othersToStderr: () => void;
  /** Shows a file to the user, in whatever program it opens with. */
  readonly openFile: (file: string) => void;
  /** The time of day. */
  readonly now: () => Date;
  /** Resolves after so many real milliseconds, or at once when the signal aborts. Keeps the process alive. */
  readonly sleep: (ms: number, signal?: AbortSignal) => Promise<void>;
}

/** What the command has when it is run from a shell. */
export function processIo(): Io {
  return {
    stdout: outputOf(process.stdout),
    stderr: outputOf(process.stderr),
    // Not by its descriptor: once Node has opened the stream, a pipe that has nothing yet is an error there.
    readStdin: () => buffer(process.stdin),
    cwd: process.cwd(),
    env: process.env,
    parallelism: availableParallelism(),
    othersToStderr: () => {
      // The console writes through it, too.
      const { stderr } = process;
      process.stdout.write = stderr.write.bind(stderr);
    },
    openFile,
    now: () => new Date(),
    sleep: async (ms, signal) => {
      await passed(ms, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    },
  };
}

function outputOf(stream: NodeJS.WriteStream): Output {
  // As it is now: see `othersToStderr`.
  const write = stream.write.bind(stream);
  return {
    write: (text) => void write(text),
    get isTTY() {
      return stream.isTTY;
    },
    get columns() {
      return stream.isTTY ? stream.columns : undefined;
    },
  };
}

/** What opens a file, by platform. */
const OPENERS: Partial<Record<NodeJS.Platform, readonly [string, ...string[]]>> = {
  darwin: ["open"],
  win32: ["cmd", "/c", "start", ""],
};

function openFile(file: string): void {
  const [command, ...args] = OPENERS[process.platform] ?? ["xdg-open"];
  const opener = spawn(command, [...args, file], { stdio: "ignore", detached: true });
  // Its path has been printed: who has no such program opens it as they like.
  opener.on("error", () => {});
  opener.unref();
}
