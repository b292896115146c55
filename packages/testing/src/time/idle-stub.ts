import { natives } from "./natives.ts";
import type { InvocationTime, WatchOptions } from "./idle.ts";
export async function watchInvocation<T>(settled: Promise<T>, time: InvocationTime, o: WatchOptions): Promise<T> {
  let done = false; const off = (): void => { done = true; }; settled.then(off, off);
  let n = 0;
  while (!done) { await new Promise<void>((r) => { natives.setImmediate(r); }); if (done) break; if (time.nextDue()) { time.fireNextDue(); n = 0; } else if (++n > 5000) throw o.stuck(); }
  return settled;
}
