/**
 * How long one attempt at a request may take, from its first byte to the last of the response's body.
 *
 * The AWS client's own timeouts do not cover that: a request timeout ends with the headers, and a socket
 * timeout begins anew with each byte.
 */

/** What the AWS client hands to its request handler, at each attempt. */
interface HandlerOptions {
  abortSignal?: AbortSignal;
}

/**
 * Makes a middleware for the AWS client's step `deserialize`, which encloses one attempt.
 *
 * The attempt rejects with a `TimeoutError`, which the AWS client takes for a fault of the network and
 * tries again. What is left of the request is torn down.
 *
 * @param options - those that the command is sent with.
 */
export function attemptDeadline(options: HandlerOptions, timeoutMs: number) {
  return <Args, Output>(next: (args: Args) => Promise<Output>) =>
    async (args: Args): Promise<Output> => {
      const { promise: expired, reject: expire } = Promise.withResolvers<never>();
      const abort = new AbortController();
      const timer = setTimeout(() => {
        const message = `The request and its response took longer than ${timeoutMs} ms.`;
        expire(Object.assign(new Error(message), { name: "TimeoutError" }));
        abort.abort();
      }, timeoutMs);
      options.abortSignal = abort.signal; // read by the request handler when it is called
      try {
        return await Promise.race([next(args), expired]);
      } finally {
        clearTimeout(timer);
      }
    };
}
