/** What the proxy changes in requests and responses. Pure. */
import type { Rewrite } from "./fault-kinds.ts";

/** Before a marker that the proxy has made: it stands for the page that the rest asks for. */
const AGAIN = "again-";

/** A response of the service, changed. */
export function rewriteResponse(rewrite: Rewrite, body: string, target: string): string {
  const response = JSON.parse(body) as Readonly<Record<string, unknown>>;
  const { CheckpointToken: _token, ...withoutToken } = response;
  const { NewExecutionState: _state, ...withoutState } = response;
  switch (rewrite) {
    case "no-token":
      return JSON.stringify(withoutToken);
    case "empty-token":
      return JSON.stringify({ ...response, CheckpointToken: "" });
    case "no-state":
      return JSON.stringify(withoutState);
    case "repeated-marker":
      return JSON.stringify({ ...response, NextMarker: markerOf(target) });
    case "empty-page":
      return JSON.stringify({ Operations: [], NextMarker: `${AGAIN}${markerOf(target)}` });
  }
}

/** What the service is asked for a page of the state, in the place of what was asked. */
export function askedOfService(target: string, pageItems: number | undefined): string {
  const [path = "", search = ""] = target.split("?");
  const query = new URLSearchParams(search);
  const marker = query.get("Marker") ?? "";
  if (marker.startsWith(AGAIN)) query.set("Marker", marker.slice(AGAIN.length));
  if (pageItems !== undefined) query.set("MaxItems", String(pageItems));
  return `${path}?${query.toString()}`;
}

function markerOf(target: string): string {
  return new URLSearchParams(target.split("?")[1]).get("Marker") ?? "";
}
