import { drawLegend } from "../../picture/legend.ts";
import { laneLabel, laneMarks, lanesOf } from "../../picture/draw-lanes.ts";
import { rowGroup, rowLabel, rowMarks } from "../../picture/draw-row.ts";
import { AXIS_HEIGHT, drawAxis, drawBackdrop } from "../../picture/draw-time.ts";
import { type Drawing, patterns } from "../../picture/drawing.ts";
import { type Geometry, geometryOf } from "../../picture/geometry.ts";
import { escape, round } from "../../picture/markup.ts";
import type { OperationRow, Picture } from "../../picture/picture.ts";
import { beforeNextFrame, group, h, stage } from "./dom.ts";

const PREFIX = "dt-report";
/** Rows that are drawn, and taken away, together. */
const BLOCK = 8;
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
    headPage: group("head"),
    headMarks: group("head"),
    headLabels: group("head"),
  };
  readonly #legend: HTMLElement;
  readonly #markBlocks = new Map<number, SVGGElement>();
  readonly #labelBlocks = new Map<number, SVGGElement>();
  #zoom = 1;
  #wanted: { readonly zoom: number; readonly at: number } | undefined;
  #width = 0;
  #height = 0;
  #paneLeft = 0;
  #geometry: Geometry;
  #headHeight = 0;
  /** The page that is drawn; when it is another one, the marks are drawn anew. */
  #drawn = "";
  /** Whether the names are drawn, with what is chosen and found. */
  #drawnLabels = false;
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
    new ResizeObserver(() => this.#measure()).observe(this.element);
  }

  /** What the marks mean. */
  get legend(): HTMLElement {
    return this.#legend;
  }

  /** Shows a row as the chosen one. */
  choose(row: number | undefined): void {
    this.#chosen = row;
    if (row !== undefined) this.#bringIntoView(row);
    this.#drawnLabels = false;
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
    this.#drawnLabels = false;
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
    const room = (this.#width - left) * 0.88;
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

  /** @param at - what stays where it is, in pixels from the left of the pane. */
  #zoomTo(zoom: number, at: number = this.#width / 2): void {
    this.#wanted = { zoom: Math.min(ZOOM.most, Math.max(ZOOM.least, zoom)), at };
    this.#draw();
  }

  #wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const zoom = this.#wanted?.zoom ?? this.#zoom;
    this.#zoomTo(zoom * Math.exp(-event.deltaY / 300), event.clientX - this.#paneLeft);
  }

  /** Takes over the zoom that was asked for last. It lays out, and so it is done once a frame. */
  #takeZoom(): void {
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    this.#wanted = undefined;
    const { left } = this.#geometry;
    const from = Math.max(0, this.element.scrollLeft + wanted.at - left);
    const scrollLeft = left + (from * wanted.zoom) / this.#zoom - wanted.at;
    this.#zoom = wanted.zoom;
    this.#layOut();
    this.element.scrollLeft = scrollLeft;
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

  /** The pane has another size. */
  #measure(): void {
    const { clientWidth, clientHeight } = this.element;
    if (clientWidth === 0) return;
    this.#paneLeft = this.element.getBoundingClientRect().left;
    this.#height = clientHeight;
    this.#stage.setAttribute("width", String(clientWidth));
    this.#stage.setAttribute("height", String(clientHeight));
    if (this.#width !== clientWidth)
      this.#geometry = geometryOf(this.#picture, { width: clientWidth });
    this.#width = clientWidth;
    this.#layOut();
    this.#drawnLabels = false;
    this.#draw();
  }

  /** Says anew how the picture lies. */
  #layOut(): void {
    const width = this.#width;
    const { left } = this.#geometry;
    this.#geometry = geometryOf(this.#picture, { width, left, zoom: this.#zoom });
    const { height } = lanesOf({ picture: this.#picture, geometry: this.#geometry });
    this.#headHeight = AXIS_TOP + AXIS_HEIGHT + height + 8;
    const rowsHeight = this.#picture.rows.length * this.#geometry.rowHeight;
    this.#size.style.width = `${Math.floor(this.#geometry.width)}px`;
    this.#size.style.height = `${this.#headHeight + rowsHeight + 12}px`;
    this.#drawn = "";
  }

  #render(): void {
    // Not laid out yet: it will be, and then drawn.
    if (this.#width === 0) return;
    this.#takeZoom();
    const width = this.#width;
    const { scrollLeft, scrollTop } = this.element;
    const page = Math.floor(scrollLeft / width);
    const view = { from: (page - 1) * width, to: (page + 2) * width };
    const drawing: Drawing = {
      picture: this.#picture,
      geometry: this.#geometry,
      prefix: PREFIX,
      view,
    };
    if (!this.#drawnLabels) clear(this.#labelBlocks);
    if (this.#drawn !== String(page) || !this.#drawnLabels) {
      this.#drawn = String(page);
      clear(this.#markBlocks);
      this.#drawAround(drawing);
    }
    this.#drawnLabels = true;
    this.#drawRows(drawing, scrollTop);
    const x = `translate(${round(-scrollLeft)} 0)`;
    const y = round(this.#headHeight - scrollTop);
    this.#layers.backdrop.setAttribute("transform", x);
    this.#layers.headMarks.setAttribute("transform", x);
    this.#layers.rows.setAttribute("transform", `translate(${round(-scrollLeft)} ${y})`);
    this.#layers.labels.setAttribute("transform", `translate(0 ${y})`);
  }

  /** All but the rows. */
  #drawAround(drawing: Drawing): void {
    const { geometry, picture } = drawing;
    const { backdrop, rows, labels, headPage, headMarks, headLabels } = this.#layers;
    const width = this.#width;
    const lanesTop = AXIS_TOP + AXIS_HEIGHT;
    const below = Math.min(
      this.#height,
      this.#headHeight + picture.rows.length * geometry.rowHeight,
    );
    const { lanes } = lanesOf(drawing);
    backdrop.innerHTML =
      this.#band(drawing, below) + drawBackdrop(drawing, this.#headHeight, below);
    headPage.innerHTML = `<rect width="${width}" height="${this.#headHeight}" class="dt-page"/><path d="M0 ${this.#headHeight - 3}H${width}" class="dt-rule"/>`;
    headMarks.innerHTML = [
      this.#band(drawing, this.#headHeight - 3),
      drawBackdrop(drawing, lanesTop, this.#headHeight - 3),
      `<g transform="translate(0 ${AXIS_TOP})">${drawAxis(drawing)}</g>`,
      `<g transform="translate(0 ${lanesTop})">${lanes.map((lane) => laneMarks(drawing, lane)).join("")}</g>`,
    ].join("");
    if (!this.#drawnLabels) {
      const names = lanes.map((lane) => laneLabel(drawing, lane)).join("");
      headLabels.innerHTML = `${this.#cover(0, this.#headHeight - 4)}<g transform="translate(0 ${lanesTop})">${names}</g>`;
    }
    if (this.#stage.childNodes.length > 0) return;
    this.#stage.innerHTML = patterns(PREFIX);
    this.#stage.append(backdrop, rows, labels, headPage, headMarks, headLabels);
    const legend = drawLegend(picture, PREFIX, { top: 4, width: 1000 });
    this.#legend.innerHTML = `<svg width="1020" height="${legend.height + 8}" role="img" aria-label="What the marks mean">${legend.markup}</svg>`;
  }

  /** Hides what runs under the names. */
  #cover(top: number, height: number): string {
    const { labels, left } = this.#geometry;
    if (labels === "above") return "";
    return `<rect y="${top}" width="${round(left - 4)}" height="${height}" class="dt-page"/>`;
  }

  #band({ geometry, picture }: Drawing, bottom: number): string {
    const invocation = picture.invocations[(this.#invocation ?? 0) - 1];
    if (invocation === undefined) return "";
    const from = geometry.x(invocation.from) - 3;
    const to = Math.max(geometry.x(invocation.to), from + 9) + 3;
    const top = AXIS_TOP + AXIS_HEIGHT;
    return `<rect x="${round(from)}" y="${top}" width="${round(to - from)}" height="${bottom - top}" class="chosen-band"/><path d="M${round(from)} ${top}V${bottom}M${round(to)} ${top}V${bottom}" class="chosen-edge"/>`;
  }

  #drawRows(drawing: Drawing, scrollTop: number): void {
    const { rowHeight, width, left } = drawing.geometry;
    const { rows } = this.#picture;
    const first = Math.floor(scrollTop / rowHeight / BLOCK);
    const last = Math.min(
      Math.floor((scrollTop + this.#height) / rowHeight / BLOCK),
      Math.ceil(rows.length / BLOCK) - 1,
    );
    const draw = (
      blocks: Map<number, SVGGElement>,
      layer: SVGGElement,
      markupOf: (row: OperationRow, index: number, top: number) => string,
    ): void => {
      clear(blocks, (block) => block < first - 1 || block > last + 1);
      for (let block = first; block <= last; block += 1) {
        if (blocks.has(block)) continue;
        const from = block * BLOCK;
        const made = group("block");
        made.innerHTML = rows
          .slice(from, from + BLOCK)
          .map((row, index) => markupOf(row, from + index, (from + index) * rowHeight))
          .join("");
        layer.append(made);
        blocks.set(block, made);
      }
    };
    draw(this.#markBlocks, this.#layers.rows, (row, index, top) => {
      const background = this.#background(index, top, drawing.view.from, width + drawing.view.to);
      return background + rowGroup(row, top, rowMarks(drawing, row));
    });
    draw(this.#labelBlocks, this.#layers.labels, (row, index, top) => {
      const background =
        this.#geometry.labels === "above" ? "" : this.#background(index, top, 0, left - 4);
      const label = `<g data-of="${escape(row.id)}" transform="translate(0 ${top})">${rowLabel(drawing, row)}</g>`;
      return this.#cover(top, rowHeight) + background + label;
    });
  }

  #background(row: number, top: number, from: number, to: number): string {
    const kind = row === this.#chosen ? "chosen" : this.#found.has(row) ? "found" : undefined;
    if (kind === undefined) return "";
    return `<rect x="${round(from)}" y="${top}" width="${round(to - from)}" height="${this.#geometry.rowHeight}" class="${kind}"/>`;
  }
}

/** Takes blocks away: all, or some. */
function clear(
  blocks: Map<number, SVGGElement>,
  isOver: (block: number) => boolean = () => true,
): void {
  for (const [block, drawn] of blocks) {
    if (!isOver(block)) continue;
    drawn.remove();
    blocks.delete(block);
  }
}
