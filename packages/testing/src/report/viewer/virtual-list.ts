import { beforeNextFrame, h } from "./dom.ts";

const LINE = 26;
const BEYOND = 10;

/** A list of lines, of which only those are there that can be seen. */
export function virtualList(
  count: number,
  line: (index: number) => HTMLElement,
  label: string,
): HTMLElement {
  const size = h("div", { class: "lines-size" });
  size.style.height = `${count * LINE}px`;
  const element = h(
    "div",
    { class: "lines", tabindex: 0, role: "group", "aria-label": label },
    size,
  );
  let from = -1;
  let to = -1;
  const draw = beforeNextFrame(() => {
    const first = Math.max(0, Math.floor(element.scrollTop / LINE) - BEYOND);
    const last = Math.min(
      count,
      Math.ceil((element.scrollTop + element.clientHeight) / LINE) + BEYOND,
    );
    if (first === from && last === to) return;
    from = first;
    to = last;
    const lines: HTMLElement[] = [];
    for (let index = first; index < last; index += 1) {
      const made = line(index);
      made.style.top = `${index * LINE}px`;
      lines.push(made);
    }
    size.replaceChildren(...lines);
  });
  element.addEventListener("scroll", draw, { passive: true });
  new ResizeObserver(draw).observe(element);
  return element;
}
