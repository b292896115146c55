import { timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { RequestRefusedError } from "./errors.ts";

/** Where a server listens, as it was told and as the system says. */
export interface ListeningAt {
  readonly host: string;
  readonly address: string;
  readonly port: number;
}

/** Any address of the machine. */
const WILDCARDS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/**
 * Refuses who is not the page itself: whoever may ask for something here runs the developer's code.
 *
 * - A name that an attacker has made to resolve to this machine (DNS rebinding) is in `Host`; an address, and
 *   `localhost`, cannot be made to mean another machine.
 * - A page of another site says so: in `Origin`, and in `Sec-Fetch-Site`.
 *
 * @throws RequestRefusedError
 */
export function admit(
  headers: Pick<IncomingHttpHeaders, "host" | "origin" | "sec-fetch-site">,
  at: ListeningAt,
): void {
  const { host = "", origin } = headers;
  if (!isOwnHost(host, at)) {
    throw new RequestRefusedError(
      403,
      `The Host of this request is ${JSON.stringify(host)}, by which this server is not called: a page of another site may have made its name resolve to this machine.`,
    );
  }
  if (origin !== undefined && origin !== `http://${host}`) {
    throw new RequestRefusedError(403, `This request comes from another page, of ${origin}.`);
  }
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    throw new RequestRefusedError(403, "This request comes from a page of another site.");
  }
}

function isOwnHost(host: string, { host: told, address, port }: ListeningAt): boolean {
  const match = /^(\[[^\]]+\]|[^:]+)(?::(\d+))?$/.exec(host);
  if (match === null || Number(match[2] ?? 80) !== port) return false;
  const name = (match[1] ?? "").replaceAll(/[[\]]/g, "").toLowerCase();
  if (name === "localhost" || name === address || name === told.toLowerCase()) return true;
  return WILDCARDS.has(address) && isIP(name) !== 0;
}

/**
 * Whether a request has the secret that only the page of this start was given: another site's script can send
 * requests, but cannot read the page.
 */
export function hasToken(given: string | undefined, token: string): boolean {
  const bytes = Buffer.from(given ?? "");
  const wanted = Buffer.from(token);
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
}
