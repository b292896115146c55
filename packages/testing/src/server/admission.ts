import { InvalidArgumentError } from "@durabletest/runtime";
import { describeValue } from "@durabletest/runtime/protocol";
import type { IncomingHttpHeaders } from "node:http";
import { isIP } from "node:net";
import { ApiException } from "./errors.ts";

/** Who may talk to a server, besides clients that call it by its address. */
export interface Allowed {
  /** Names by which it may be called: of any port, or of one (`name:port`). */
  readonly hosts: readonly string[];
  /** Origins of pages that may call it, as browsers send them. */
  readonly origins: readonly string[];
}

/** Where a server listens, as the system says. */
export interface ListeningAt {
  readonly address: string;
  readonly port: number;
}

/** Any address of the machine. */
const WILDCARDS: ReadonlySet<string> = new Set(["0.0.0.0", "::"]);

/**
 * Refuses who is not meant to talk to a server: there is no authentication, and a page in the developer's
 * browser reaches the loopback interface as well.
 *
 * - A page says from where it is: `Origin`. Clients of Lambda never send one.
 * - A name that an attacker has made to resolve to this machine (DNS rebinding), so that the browser takes
 *   the server for the page's own, is in `Host`. An address cannot be made to mean another machine.
 *
 * @throws ApiException, an AccessDeniedException.
 */
export function admit(
  { host, origin }: Pick<IncomingHttpHeaders, "host" | "origin">,
  at: ListeningAt,
  allowed: Allowed,
): void {
  if (!isOwnHost(host, at) && !isAllowedHost(host, allowed.hosts)) {
    const name = host === undefined ? "nothing" : JSON.stringify(host);
    throw new ApiException(
      "AccessDeniedException",
      `The Host of this request is ${name}, and this server listens on ${authority(at)}: a page of another site may have made its name resolve to this machine. If it is meant to be called so, say it: startDurableServer(runner, { allowedHosts: [${JSON.stringify(hostname(host ?? "name"))}] }).`,
    );
  }
  if (origin !== undefined && !allowed.origins.includes(origin)) {
    throw new ApiException(
      "AccessDeniedException",
      `This request comes from a page, of ${origin}, and pages may complete no callbacks. If this one is meant to, say it: startDurableServer(runner, { allowedOrigins: [${JSON.stringify(origin)}] }).`,
    );
  }
}

/** What a browser must read, so that a page of an allowed origin gets at the answer. */
export function corsHeaders(origin: string | undefined): Record<string, string> {
  if (origin === undefined) return {};
  return {
    "access-control-allow-origin": origin,
    "access-control-allow-methods": "GET, POST",
    "access-control-allow-headers": "content-type",
    "access-control-expose-headers": "x-amzn-errortype, x-amzn-requestid",
    vary: "origin",
  };
}

/** @throws InvalidArgumentError when one can never be a Host. */
export function readHosts(value: unknown, where: string): readonly string[] {
  return texts(value, where).map((host, index) => {
    const parsed = parsedUrl(host.includes("://") ? host : `http://${host}`)?.host;
    if (parsed === host.toLowerCase() || isIP(host) === 6) return host.toLowerCase();
    throw new InvalidArgumentError(
      `${where}[${index}]: ${describeValue(host)} is no name of a host, with a port or without.${meant(parsed)}`,
    );
  });
}

/** @throws InvalidArgumentError when one can never be an Origin. */
export function readOrigins(value: unknown, where: string): readonly string[] {
  return texts(value, where).map((origin, index) => {
    const url = parsedUrl(origin) ?? parsedUrl(`http://${origin}`);
    if (origin === "null" || url?.origin === origin) return origin;
    throw new InvalidArgumentError(
      `${where}[${index}]: ${describeValue(origin)} is no origin, which is scheme, host and port.${meant(url?.origin)}`,
    );
  });
}

function texts(value: unknown, where: string): readonly string[] {
  if (Array.isArray(value) && value.every((each) => typeof each === "string")) return value;
  throw new InvalidArgumentError(`${where}: ${describeValue(value)} is no list of names.`);
}

function meant(text: string | undefined): string {
  return text === undefined ? "" : ` Did you mean ${JSON.stringify(text)}?`;
}

function parsedUrl(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined;
}

/** Of whichever port: something in between may have another one, and passes on what it was called. */
function isOwnHost(host: string | undefined, at: ListeningAt): boolean {
  const url = parsedUrl(`http://${host}`);
  if (url === undefined || host === undefined) return false;
  // Whatever else fits before a path, a user say, is no address.
  if (hostname(host) !== url.hostname) return false;
  const address = url.hostname.replace(/^\[(.*)\]$/, "$1");
  // Browsers and systems resolve this one name to the loopback interface, and nobody else can.
  const isLocal =
    WILDCARDS.has(at.address) || at.address === "::1" || at.address.startsWith("127.");
  if (address === "localhost") return isLocal;
  return address === at.address || (WILDCARDS.has(at.address) && isIP(address) !== 0);
}

function isAllowedHost(host: string | undefined, hosts: readonly string[]): boolean {
  if (host === undefined) return false;
  return hosts.includes(host.toLowerCase()) || hosts.includes(hostname(host));
}

/** Without the port. */
function hostname(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, "");
}

function authority({ address, port }: ListeningAt): string {
  return `${isIP(address) === 6 ? `[${address}]` : address}:${port}`;
}
