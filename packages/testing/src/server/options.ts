import * as z from "zod/mini";
import { exactly, read, reader, whole } from "../input/schema.ts";
import { readHosts, readOrigins } from "./admission.ts";
import type { HttpSettings } from "./http.ts";

/** Settings of `startDurableServer`. */
export interface DurableServerOptions {
  /** The port to listen on. Default: 0, which is any that is free. */
  readonly port?: number | undefined;
  /**
   * The address to listen on. Default: `"127.0.0.1"`, which only this machine can reach. There is no
   * authentication: whoever reaches the server can complete callbacks and stop executions.
   */
  readonly host?: string | undefined;
  /**
   * Names by which the server may be called, besides the address it listens on: `"api.test"`, or
   * `"api.test:8080"` for one port. Default: none. A request with another `Host` is refused, since a page
   * on the internet can make a name of its own resolve to this machine.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * Origins of pages that may talk to the server: `"http://localhost:5173"`. Default: none. Any other
   * request with an `Origin` is refused: browsers send it, clients of Lambda do not.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
}

const address = z.string("an address").check(z.minLength(1, "an address"));

const settings = exactly(
  {
    port: z._default(whole("a whole number from 0 to 65535", { least: 0, most: 65_535 }), 0),
    host: z._default(address, "127.0.0.1"),
    allowedHosts: z._default(reader(readHosts), []),
    allowedOrigins: z._default(reader(readOrigins), []),
  } satisfies Record<keyof DurableServerOptions, z.ZodMiniType>,
  { unknown: "There is no option", wanted: "an object of options" },
);

/** @throws InvalidArgumentError */
export function checkServerOptions(options: DurableServerOptions): HttpSettings {
  const { host, port, allowedHosts, allowedOrigins } = read(settings, options, "options");
  return { host, port, allowed: { hosts: allowedHosts, origins: allowedOrigins } };
}
