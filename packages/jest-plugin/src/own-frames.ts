/** Of this package and the harness. Under source maps, frames name the sources. */
const OWN_FRAME =
  /^[^\S\n]+at (?:new Promise \(<anonymous>\)|.*[/\\]@durabletest[/\\](?:jest-plugin|runtime|testing)[/\\](?:dist|src)[/\\].*)\n?/gm;

/** Takes our frames out of a stack: Jest shows it below the message, and nobody can do a thing about them. */
export function withoutOwnFrames<Thrown>(error: Thrown): Thrown {
  if (typeof error !== "object" || error === null || !("stack" in error)) return error;
  const { stack } = error;
  // Not by assignment: an error may be frozen, and then it stays as it is.
  if (typeof stack === "string") Reflect.set(error, "stack", stack.replaceAll(OWN_FRAME, ""));
  return error;
}
