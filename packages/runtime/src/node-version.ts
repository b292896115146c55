/** The oldest Node with all that this project is built on; `engines` says the same. */
const OLDEST = [22, 12] as const;

/**
 * Says in a sentence that this Node is too old, instead of failing at the first function that it lacks.
 *
 * @param version - `process.versions.node`; runtimes that are not Node say there which one they are like.
 * @throws Error, with the code `UNSUPPORTED_NODE`.
 */
export function requireNode(version: string): void {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return;
  const message = `@durabletest needs Node.js ${OLDEST.join(".")} or later, and this is Node.js ${version}. Run it on a newer one: on a machine of your own by installing it, in CI by the version it sets up, on Lambda by the runtime nodejs22.x or later.`;
  throw Object.assign(new Error(message), { code: "UNSUPPORTED_NODE" });
}
