import type { Geometry } from "./geometry.ts";
import { element } from "./markup.ts";
import type { Picture } from "./picture.ts";

/** What is drawn, how it lies, and how much of it is to be seen. */
export interface Drawing {
  readonly picture: Picture;
  readonly geometry: Geometry;
  /** Makes the names of patterns those of this picture alone. */
  readonly prefix: string;
  /** What lies outside, left or right, is left out. */
  readonly view: { readonly from: number; readonly to: number };
}

/** Whether something lies where it can be seen. */
export function isInView({ view }: Drawing, from: number, to: number = from): boolean {
  return to >= view.from && from <= view.to;
}

/** Says of marks from the left to the right whether each is seen apart from the one before: the others are left out. */
export function apart(): (x: number) => boolean {
  let last = -Infinity;
  return (x) => {
    if (x < last + NEAREST) return false;
    last = x;
    return true;
  };
}

/** In pixels. */
const NEAREST = 1.5;

/** The patterns that tell apart what has the same shape, also without colour. */
export function patterns(prefix: string): string {
  const hatch = (name: string, size: number, background: string): string =>
    element(
      "pattern",
      {
        id: `${prefix}-${name}`,
        width: size,
        height: size,
        patternUnits: "userSpaceOnUse",
        patternTransform: `rotate(${name === "wait" ? 45 : -45})`,
      },
      element("rect", { width: size, height: size, class: background }),
      element("path", { d: `M0 0V${size}`, class: `dt-hatch-${name}` }),
    );
  return element(
    "defs",
    {},
    hatch("wait", 5, "dt-hatch-page"),
    hatch("failed", 4, "dt-hatch-page"),
  );
}
