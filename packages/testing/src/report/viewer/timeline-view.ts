import { drawLegend } from "../../picture/legend.ts";
import { laneLabel, laneMarks, lanesOf } from "../../picture/draw-lanes.ts";
import { rowGroup, rowLabel, rowMarks } from "../../picture/draw-row.ts";
import { AXIS_HEIGHT, drawAxis, drawBackdrop } from "../../picture/draw-time.ts";
import { type Drawing, patterns } from "../../picture/drawing.ts";
import { type Geometry, geometryOf } from "../../picture/geometry.ts";
import { round } from "../../picture/markup.ts";
import type { Picture } from "../../picture/picture.ts";
import { beforeNextFrame, group, h, stage } from "./dom.ts";

const PREFIX = "dt-report";
/** Rows that are drawn, and taken away, together. */
const BLOCK = 16;
const ZOOM = { least: 0.01, most: 24, step: 1.3 };
const AXIS_TOP = 4;

/** Told what whoever looks at the picture does. */
export interface TimelineListener {
  choose(row: number): void;
  chooseInvocation(number: number): void;
}

/**
 * The picture, scrolled and zoomed.
 *
 * Owns: the scrolled pane, the stage in it that stays where the pane is, and what is drawn on the stage. Does not own:
 * what is chosen or found; it is told.
 *
 * 1. Only what can be seen is drawn, and a page to its left and right; a scroll moves what is there already.
 * 2. All drawing happens before a frame, once.
 */
export class TimelineView {
  readonly element: HTMLElement;
  readonly #picture: Picture;
  readonly #size: HTMLElement;
  readonly #stage = stage();
  readonly #layers = {
    backdrop: group("backdrop"),
    marks: group("marks"),
    rows: group("rows"),
    labels: group("labels"),
    head: group("head"),
  };
  readonly #legend: HTMLElement;
  readonly #blocks = new Map<
    number,
    { readonly rows: SVGGElement; readonly labels: SVGGElement }
  >();
  #zoom = 1;
  #geometry: Geometry;
  #headHeight = 0;
  /** What is drawn now: when it changes, all is drawn anew. */
  #drawn = "";
  #chosen: number | undefined;
  #invocation: number | undefined;
  #found: ReadonlySet<number> = new Set();
  readonly #draw = beforeNextFrame(() => this.#render());

  constructor(picture: Picture, listener: TimelineListener) {
    this.#picture = picture;
    this.#geometry = geometryOf(picture, { width: 1000 });
    this.#size = h("div", { class: "size" });
    this.#size.append(this.#stage);
    this.#stage.setAttribute("role", "graphics-document");
    this.#stage.setAttribute("aria-label", `Execution: ${picture.heading}`);
    this.element = h(
      "div",
      {
        class: "timeline",
        tabindex: 0,
        role: "group",
        "aria-label": "Timeline: the arrow keys choose an operation",
      },
      this.#size,
    );
    this.#legend = h("div", { class: "legend" });
    this.element.addEventListener("scroll", this.#draw, { passive: true });
    this.element.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    this.#stage.addEventListener("click", (event) => this.#click(event, listener));
    new ResizeObserver(() => this.#layOut()).observe(this.element);
  }

  /** What the marks mean. */
  get legend(): HTMLElement {
    return this.#legend;
  }

  /** Shows a row as the chosen one. */
  choose(row: number | undefined): void {
    this.#chosen = row;
    if (row !== undefined) this.#bringIntoView(row);
    this.#drawn = "";
    this.#draw();
  }

  /** Shows an invocation as the chosen one. */
  chooseInvocation(number: number | undefined): void {
    this.#invocation = number;
    const invocation = number === undefined ? undefined : this.#picture.invocations[number - 1];
    if (invocation !== undefined) this.#bringAcross(this.#geometry.x(invocation.from));
    this.#drawn = "";
    this.#draw();
  }

  /** Marks the rows that a search has found. */
  find(rows: readonly number[]): void {
    this.#found = new Set(rows);
    this.#drawn = "";
    this.#draw();
  }

  zoomIn(): void {
    this.#zoomTo(this.#zoom * ZOOM.step);
  }

  zoomOut(): void {
    this.#zoomTo(this.#zoom / ZOOM.step);
  }

  /** All of the time at once. */
  fit(): void {
    const { left, right } = this.#geometry;
    const room = (this.element.clientWidth - left) * 0.88;
    this.#zoomTo((this.#zoom * room) / (right - left));
    this.element.scrollLeft = 0;
  }

  /** As it is laid out at first. */
  reset(): void {
    this.#zoomTo(1);
  }

  scrollBy(x: number): void {
    this.element.scrollLeft += x;
  }

  #zoomTo(zoom: number, at: number = this.element.clientWidth / 2): void {
    const before = this.#zoom;
    this.#zoom = Math.min(ZOOM.most, Math.max(ZOOM.least, zoom));
    const { left } = this.#geometry;
    const from = Math.max(0, this.element.scrollLeft + at - left);
    this.#layOut();
    this.element.scrollLeft = left + (from * this.#zoom) / before - at;
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const at = event.clientX - this.element.getBoundingClientRect().left;
    this.#zoomTo(this.#zoom * Math.exp(-event.deltaY / 300), at);
  }

  #click(event: Event, listener: TimelineListener): void {
    if (!(event.target instanceof Element)) return;
    if (!(document.getSelection()?.isCollapsed ?? true)) return;
    const invocation = event.target.closest("[data-invocation]")?.getAttribute("data-invocation");
    if (invocation) {
      listener.chooseInvocation(Number(invocation));
      return;
    }
    const of = event.target.closest("[data-of]")?.getAttribute("data-of");
    const row = of ? this.#picture.rows.findIndex(({ id }) => id === of) : this.#rowAt(event);
    if (row >= 0 && row < this.#picture.rows.length) listener.choose(row);
  }

  #rowAt(event: Event): number {
    if (!(event instanceof MouseEvent)) return -1;
    const y = event.clientY - this.#stage.getBoundingClientRect().top - this.#headHeight;
    if (y < 0) return -1;
    return Math.floor((y + this.element.scrollTop) / this.#geometry.rowHeight);
  }

  #bringIntoView(row: number): void {
    const { rowHeight } = this.#geometry;
    const height = this.element.clientHeight - this.#headHeight;
    const top = row * rowHeight;
    const { scrollTop } = this.element;
    if (top < scrollTop) this.element.scrollTop = top - rowHeight;
    else if (top + 2 * rowHeight > scrollTop + height) {
      this.element.scrollTop = top - height + 2 * rowHeight;
    }
    const { from } = this.#picture.rows[row] ?? {};
    if (from !== undefined) this.#bringAcross(this.#geometry.x(from));
  }

  #bringAcross(x: number): void {
    const { clientWidth, scrollLeft } = this.element;
    const { labels, left } = this.#geometry;
    const hidden = labels === "beside" ? left : 0;
    if (x < scrollLeft + hidden || x > scrollLeft + clientWidth - 60) {
      this.element.scrollLeft = x - hidden - (clientWidth - hidden) / 4;
    }
  }

  /** Says anew how the picture lies, after the pane or the zoom has changed. */
  #layOut(): void {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0) return;
    this.#geometry = geometryOf(this.#picture, { width: clientWidth, zoom: this.#zoom });
    const { rowHeight, width } = this.#geometry;
    this.#headHeight =
      AXIS_TOP +
      AXIS_HEIGHT +
      lanesOf({ picture: this.#picture, geometry: this.#geometry }).height +
      8;
    this.#size.style.width = `${Math.floor(width)}px`;
    this.#size.style.height = `${this.#headHeight + this.#picture.rows.length * rowHeight + 12}px`;
    this.#stage.setAttribute("width", String(clientWidth));
    this.#stage.setAttribute("height", String(clientHeight));
    this.#drawn = "";
    this.#draw();
  }

  #render(): void {
    const { scrollLeft, scrollTop, clientWidth, clientHeight } = this.element;
    // Not laid out yet: it will be, and then drawn.
    if (clientWidth === 0 || this.#headHeight === 0) return;
    const page = Math.floor(scrollLeft / clientWidth);
    const view = { from: (page - 1) * clientWidth, to: (page + 2) * clientWidth };
    const drawing: Drawing = {
      picture: this.#picture,
      geometry: this.#geometry,
      prefix: PREFIX,
      view,
    };
    const drawn = `${page} ${this.#zoom} ${clientWidth} ${clientHeight}`;
    if (drawn !== this.#drawn) {
      this.#drawn = drawn;
      this.#drawAll(drawing, clientWidth, clientHeight);
    }
    this.#drawRows(drawing, scrollTop, clientHeight);
    const x = `translate(${round(-scrollLeft)} 0)`;
    this.#layers.backdrop.setAttribute("transform", x);
    this.#stage.querySelector(".head-marks")?.setAttribute("transform", x);
    this.#layers.rows.setAttribute(
      "transform",
      `translate(${round(-scrollLeft)} ${round(this.#headHeight - scrollTop)})`,
    );
    this.#layers.labels.setAttribute(
      "transform",
      `translate(0 ${round(this.#headHeight - scrollTop)})`,
    );
  }

  #drawAll(drawing: Drawing, width: number, height: number): void {
    const { geometry, picture } = drawing;
    for (const block of this.#blocks.keys()) this.#removeBlock(block);
    const { backdrop, rows, labels, head } = this.#layers;
    const below = Math.min(height, this.#headHeight + picture.rows.length * geometry.rowHeight);
    backdrop.innerHTML =
      this.#band(drawing, below) + drawBackdrop(drawing, AXIS_TOP + AXIS_HEIGHT, below);
    const { lanes } = lanesOf(drawing);
    const lanesTop = AXIS_TOP + AXIS_HEIGHT;
    const isBeside = geometry.labels === "beside";
    const cover = (top: number, bottom: number): string =>
      isBeside
        ? `<rect y="${top}" width="${round(geometry.left - 4)}" height="${bottom - top}" class="dt-page"/>`
        : "";
    labels.innerHTML = "";
    const background = `<rect width="${width}" height="${this.#headHeight}" class="dt-page"/>`;
    head.innerHTML = [
      background,
      `<g class="head-marks"><g>${this.#band(drawing, this.#headHeight)}${drawBackdrop(drawing, lanesTop, this.#headHeight)}</g>`,
      `<g transform="translate(0 ${AXIS_TOP})">${drawAxis(drawing)}</g>`,
      `<g transform="translate(0 ${lanesTop})">${lanes.map((lane) => laneMarks(drawing, lane)).join("")}</g></g>`,
      cover(0, this.#headHeight),
      `<g transform="translate(0 ${lanesTop})">${lanes.map((lane) => laneLabel(drawing, lane)).join("")}</g>`,
      `<path d="M0 ${this.#headHeight - 3}H${width}" class="dt-rule"/>`,
    ].join("");
    if (this.#stage.childNodes.length === 0) {
      this.#stage.innerHTML = patterns(PREFIX);
      this.#stage.append(backdrop, rows, labels, head);
      const legend = drawLegend(picture, PREFIX, { top: 4, width: 1100 });
      this.#legend.innerHTML = `<svg width="1120" height="${legend.height + 8}" role="img" aria-label="What the marks mean">${legend.markup}</svg>`;
    }
  }

  #band({ geometry, picture }: Drawing, bottom: number): string {
    const invocation = picture.invocations[(this.#invocation ?? 0) - 1];
    if (invocation === undefined) return "";
    const from = geometry.x(invocation.from) - 3;
    const to = Math.max(geometry.x(invocation.to), from + 9) + 3;
    const top = AXIS_TOP + AXIS_HEIGHT;
    return `<rect x="${round(from)}" y="${top}" width="${round(to - from)}" height="${bottom - top}" class="chosen-band"/><path d="M${round(from)} ${top}V${bottom}M${round(to)} ${top}V${bottom}" class="chosen-edge"/>`;
  }

  #drawRows(drawing: Drawing, scrollTop: number, height: number): void {
    const { rowHeight } = drawing.geometry;
    const first = Math.floor(scrollTop / rowHeight / BLOCK);
    const last = Math.floor((scrollTop + height) / rowHeight / BLOCK);
    for (const block of this.#blocks.keys()) {
      if (block < first - 1 || block > last + 1) this.#removeBlock(block);
    }
    for (let block = Math.max(0, first); block <= last; block += 1) {
      if (!this.#blocks.has(block)) this.#addBlock(block, drawing);
    }
  }

  #addBlock(block: number, drawing: Drawing): void {
    const { rowHeight, labels: place, left } = drawing.geometry;
    const { width } = drawing.geometry;
    const from = block * BLOCK;
    const rows = this.#picture.rows.slice(from, from + BLOCK);
    if (rows.length === 0) return;
    const marks = group("block");
    const labels = group("block");
    marks.innerHTML = rows
      .map((row, index) => {
        const top = (from + index) * rowHeight;
        return (
          this.#background(from + index, top, drawing.view.from, width + drawing.view.to) +
          rowGroup(row, top, rowMarks(drawing, row))
        );
      })
      .join("");
    labels.innerHTML = rows
      .map((row, index) => {
        const top = (from + index) * rowHeight;
        const cover =
          place === "beside"
            ? `<rect y="${top}" width="${round(left - 4)}" height="${rowHeight}" class="dt-page"/>${this.#background(from + index, top, 0, left - 4)}`
            : "";
        return `${cover}<g data-operation="${row.id.replaceAll(/[^\w-]/g, "")}" transform="translate(0 ${top})">${rowLabel(drawing, row)}</g>`;
      })
      .join("");
    this.#layers.rows.append(marks);
    this.#layers.labels.append(labels);
    this.#blocks.set(block, { rows: marks, labels });
  }

  #background(row: number, top: number, from: number, to: number): string {
    const kind = row === this.#chosen ? "chosen" : this.#found.has(row) ? "found" : undefined;
    if (kind === undefined) return "";
    return `<rect x="${round(from)}" y="${top}" width="${round(to - from)}" height="${this.#geometry.rowHeight}" class="${kind}"/>`;
  }

  #removeBlock(block: number): void {
    const drawn = this.#blocks.get(block);
    drawn?.rows.remove();
    drawn?.labels.remove();
    this.#blocks.delete(block);
  }
}
