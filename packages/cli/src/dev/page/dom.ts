/**
 * The page as data, and the document brought into line with it. What a person is doing (typing, where the focus is, what
 * is unfolded) stays as it is, because elements stay.
 */

type Handler = (event: Event) => void;

export interface Props {
  /** Among siblings: the same element as before. */
  readonly key?: string | undefined;
  /** Attributes, by name; false and undefined: none. */
  readonly [attribute: string]: string | number | boolean | Handler | Mount | undefined;
}

/** Is called with the element, when it is new and whenever the page is drawn. */
interface Mount {
  readonly mount: (element: HTMLElement) => void;
}

export interface Node {
  readonly tag: string;
  readonly props: Props;
  readonly children: readonly (Node | string)[];
}

export type Child = Node | string | false | undefined | readonly Child[];

export function h(tag: string, props: Props = {}, ...children: readonly Child[]): Node {
  return { tag, props, children: flat(children) };
}

function flat(children: readonly Child[]): (Node | string)[] {
  return children.flatMap((child): (Node | string)[] => {
    if (child === undefined || child === false) return [];
    if (typeof child === "string") return [child];
    return "tag" in child ? [child] : flat(child);
  });
}

/** What each element was drawn as. */
const drawn = new WeakMap<Element, Node>();

/** Brings the children of an element into line. */
export function draw(parent: Element, children: readonly (Node | string)[]): void {
  const keyed = new Map<string, Element>();
  for (const element of parent.children) {
    const key = drawn.get(element)?.props.key;
    if (key !== undefined) keyed.set(key, element);
  }
  let at: ChildNode | null = parent.firstChild;
  for (const child of children) {
    if (typeof child === "string") {
      if (at?.nodeType === 3) {
        if (at.nodeValue !== child) at.nodeValue = child;
        at = at.nextSibling;
      } else {
        parent.insertBefore(document.createTextNode(child), at);
      }
      continue;
    }
    const element = reusable(child, keyed, at) ?? document.createElement(child.tag);
    if (element === at) at = at.nextSibling;
    else parent.insertBefore(element, at);
    update(element, child);
  }
  while (at !== null) {
    const next: ChildNode | null = at.nextSibling;
    at.remove();
    at = next;
  }
}

function reusable(
  { tag, props: { key } }: Node,
  keyed: ReadonlyMap<string, Element>,
  at: ChildNode | null,
): Element | undefined {
  const candidate = key === undefined ? at : keyed.get(key);
  if (!(candidate instanceof Element) || candidate.localName !== tag) return undefined;
  return drawn.get(candidate)?.props.key === key ? candidate : undefined;
}

function update(element: Element, node: Node): void {
  const before = drawn.get(element)?.props ?? {};
  drawn.set(element, node);
  for (const name of Object.keys(before)) if (!(name in node.props)) set(element, name, undefined);
  for (const [name, value] of Object.entries(node.props)) {
    if (value !== before[name]) set(element, name, value);
  }
  // What has no children draws itself, when it is mounted.
  if (node.children.length > 0 || !isMounted(node)) draw(element, node.children);
  for (const value of Object.values(node.props)) {
    if (typeof value === "object" && element instanceof HTMLElement) value.mount(element);
  }
}

function isMounted({ props }: Node): boolean {
  return Object.values(props).some((value) => typeof value === "object");
}

function set(element: Element, name: string, value: Props[string]): void {
  if (name === "key" || typeof value === "object") return;
  if (name.startsWith("on")) {
    Reflect.set(element, name, typeof value === "function" ? value : null);
    return;
  }
  if (value === undefined || value === false) element.removeAttribute(name);
  else element.setAttribute(name, value === true ? "" : String(value));
}

/** What stands in a field of a form; empty where there is no such field. */
export function fieldText(data: FormData, name: string): string {
  const value = data.get(name);
  return typeof value === "string" ? value : "";
}
