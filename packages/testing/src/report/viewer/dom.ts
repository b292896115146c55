/** What an element is given: attributes, and listeners by the name of their event. */
export interface Properties {
  readonly [name: string]: string | number | boolean | undefined | ((event: Event) => void);
}

/** Makes an element. Texts become text, whatever they say. */
export function h<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Properties = {},
  ...children: readonly (Node | string | undefined)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(properties)) {
    if (typeof value === "function") made.addEventListener(key, value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== undefined && value !== false) made.setAttribute(key, String(value));
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const SVG = "http://www.w3.org/2000/svg";

/** Makes a group of SVG. */
export function group(className: string): SVGGElement {
  const made = document.createElementNS(SVG, "g");
  made.setAttribute("class", className);
  return made;
}

/** The stage of a drawing. */
export function stage(): SVGSVGElement {
  const made = document.createElementNS(SVG, "svg");
  made.setAttribute("class", "stage");
  return made;
}

/** Does work once before the next frame, however often it is asked for. */
export function beforeNextFrame(work: () => void): () => void {
  let isAsked = false;
  return () => {
    if (isAsked) return;
    isAsked = true;
    requestAnimationFrame(() => {
      isAsked = false;
      work();
    });
  };
}
