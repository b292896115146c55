/** Unwinds code that has called `process.exit`. */
export class EndsProcess extends Error {
  override readonly name = "EndsProcess";
}

const LAST_RESORTS = ["unhandledRejection", "uncaughtException"] as const;

/**
 * Loads something that may call `process.exit`, or fail beside the loading, in a promise that nobody waits for or a
 * timer: that fails the loading, whatever becomes of the error on its way, and does not end the process.
 *
 * @throws EndsProcess, or what was thrown.
 */
export async function withoutEndingProcess<Loaded>(load: () => Promise<Loaded>): Promise<Loaded> {
  const { promise: failed, reject } = Promise.withResolvers<never>();
  // oxlint-disable-next-line typescript/unbound-method -- it is put back as it is; Node's needs no `this`
  const { exit: before } = process;
  let isLoading = true;
  const exit = (code?: number | string | null): never => {
    if (!isLoading) return before(code);
    const error = new EndsProcess(`process.exit(${code ?? ""})`);
    Error.captureStackTrace(error, exit);
    reject(error);
    throw error;
  };
  // Loadings may overlap: whoever has put theirs in place since takes it away again.
  process.exit = exit;
  for (const event of LAST_RESORTS) process.on(event, reject);
  try {
    const loaded = await Promise.race([load(), failed]);
    // Of promises that are rejected by then Node tells in this turn.
    await Promise.race([turn(), failed]);
    return loaded;
  } finally {
    // What unwinds code that runs beside the loading may be told of, too.
    await turn();
    isLoading = false;
    for (const event of LAST_RESORTS) process.off(event, reject);
    if (process.exit === exit) process.exit = before;
  }
}

/** All that is to be told in this turn of the event loop has been told. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
