import { type FSWatcher, statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Io } from "../io.ts";

/** Sources, and what they read as modules; not the tests beside them. */
const SOURCE = /(?<!\.(?:test|spec|case))\.(?:[cm]?[jt]sx?|json)$/;

/** Editors write a file in several strokes. */
const SETTLE_MS = 60;

/** A folder as it is now, or the one around it that is there. */
interface Place {
  readonly path: string;
  /** Differs when another folder has taken its place. */
  readonly inode: bigint;
}

interface Watched extends Place {
  readonly watcher: FSWatcher;
}

/**
 * Watches folders with code.
 *
 * Owns: the watchers, and that several changes in a row are one.
 *
 * 1. A folder that is replaced, as git does it, is watched as it is then. Where it is gone, the one around it is
 *    watched, in which it comes back.
 */
export class FileWatch {
  readonly #folders = new Set<string>();
  readonly #watched = new Map<string, Watched>();
  readonly #io: Pick<Io, "sleep">;
  readonly #changed: () => void;
  #isSettling = false;
  #isClosed = false;
  #hasChanged = false;

  /** @param changed - is called when a source file has changed, been added, or is gone; or a folder. */
  constructor(io: Pick<Io, "sleep">, changed: () => void) {
    this.#io = io;
    this.#changed = changed;
  }

  /** From now on these; what was watched before stays watched. */
  add(folders: readonly string[]): void {
    if (this.#isClosed) return;
    for (const folder of folders) this.#folders.add(folder);
    this.#look();
  }

  close(): void {
    this.#isClosed = true;
    for (const { watcher } of this.#watched.values()) watcher.close();
    this.#watched.clear();
  }

  /** @returns whether any folder is another one than before. */
  #look(): boolean {
    let isOther = false;
    for (const folder of this.#folders) {
      const place = placeOf(folder);
      const watched = this.#watched.get(folder);
      if (isSame(place, watched)) continue;
      watched?.watcher.close();
      this.#watched.delete(folder);
      if (place !== undefined) this.#watch(folder, place);
      isOther ||= watched !== undefined;
    }
    return isOther;
  }

  #watch(folder: string, place: Place): void {
    try {
      const watcher = watch(place.path, (_, name) => {
        // So it tells of itself, when it is gone: what comes in its place may even get its inode.
        if (name === basename(place.path)) this.#distrust(folder, watcher);
        void this.#settle(place.path === folder && (name === null || SOURCE.test(name)));
      });
      watcher.on("error", () => {
        watcher.close();
        // Where it is an error that a folder is gone, nothing else tells of that.
        this.#distrust(folder, watcher);
        if (!isSame(place, placeOf(folder))) void this.#settle(false);
      });
      this.#watched.set(folder, { ...place, watcher });
    } catch {
      // What cannot be watched has nothing to tell; the page has a button.
    }
  }

  /** Has the folder watched anew when it is looked at next. */
  #distrust(folder: string, watcher: FSWatcher): void {
    const watched = this.#watched.get(folder);
    if (watched?.watcher === watcher) this.#watched.set(folder, { ...watched, inode: -1n });
  }

  /** @param isSource - of what has happened. Whatever it is, folders may have been replaced. */
  async #settle(isSource: boolean): Promise<void> {
    this.#hasChanged ||= isSource;
    if (this.#isSettling) return;
    this.#isSettling = true;
    await this.#io.sleep(SETTLE_MS);
    this.#isSettling = false;
    if (this.#isClosed) return;
    const isOther = this.#look();
    const hasChanged = this.#hasChanged || isOther;
    this.#hasChanged = false;
    if (hasChanged) this.#changed();
  }
}

function placeOf(folder: string): Place | undefined {
  for (let path = folder; ; path = dirname(path)) {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    if (stats?.isDirectory() === true) return { path, inode: stats.ino };
    if (dirname(path) === path) return undefined;
  }
}

function isSame(one: Place | undefined, other: Place | undefined): boolean {
  return one?.path === other?.path && one?.inode === other?.inode;
}
