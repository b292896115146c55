import { type FSWatcher, watch } from "node:fs";
import type { Io } from "../io.ts";

/** Sources, and what they read as modules; not the tests beside them. */
const SOURCE = /(?<!\.(?:test|spec|case))\.(?:[cm]?[jt]sx?|json)$/;

/** Editors write a file in several strokes. */
const SETTLE_MS = 60;

/**
 * Watches folders with code.
 *
 * Owns: the watchers, and that several changes in a row are one.
 */
export class FileWatch {
  readonly #watchers = new Map<string, FSWatcher>();
  readonly #io: Pick<Io, "sleep">;
  readonly #changed: () => void;
  #isSettling = false;
  #isClosed = false;

  /** @param changed - is called when a source file has changed, been added, or is gone. */
  constructor(io: Pick<Io, "sleep">, changed: () => void) {
    this.#io = io;
    this.#changed = changed;
  }

  /** From now on these; what was watched before stays watched. */
  add(folders: readonly string[]): void {
    for (const folder of folders) {
      if (this.#isClosed || this.#watchers.has(folder)) continue;
      try {
        const watcher = watch(folder, (_, name) => {
          if (name === null || SOURCE.test(name)) void this.#settle();
        });
        // A folder that is gone has nothing more to tell.
        watcher.on("error", () => watcher.close());
        this.#watchers.set(folder, watcher);
      } catch {
        // Nor has one that cannot be watched; the page has a button.
      }
    }
  }

  close(): void {
    this.#isClosed = true;
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  async #settle(): Promise<void> {
    if (this.#isSettling) return;
    this.#isSettling = true;
    await this.#io.sleep(SETTLE_MS);
    this.#isSettling = false;
    if (!this.#isClosed) this.#changed();
  }
}
