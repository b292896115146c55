import { formatLength } from "../../print/offset.ts";
import type { ReportedEvent, ReportedExecution } from "../report-data.ts";
import { stateGiven } from "../state-given.ts";
import { h } from "./dom.ts";
import { code, errorView, fields, payload, statusView } from "./values.ts";
import { virtualList } from "./virtual-list.ts";

/** Where links in the details lead. */
export interface Links {
  operation(id: string): void;
  invocation(number: number): void;
}

const offset = (at: number): string => `+${formatLength(at)}`;

/** The execution as a whole. */
export function executionDetails(
  execution: ReportedExecution,
  links: Links,
): readonly (Node | undefined)[] {
  const { picture, effects, notices } = execution;
  return [
    h("h2", {}, statusView(picture.status), " Execution"),
    h("p", {}, picture.heading),
    errorView(execution.error),
    payload("Result", execution.result),
    payload("Input", execution.input),
    notices.length === 0
      ? undefined
      : h(
          "section",
          {},
          h("h3", {}, "Notices"),
          h("ul", {}, ...notices.map((notice) => h("li", {}, notice))),
        ),
    effects.length === 0
      ? undefined
      : h(
          "section",
          {},
          h("h3", {}, `Effects: ${effects.length}`),
          virtualList(
            effects.length,
            (index) => {
              const effect = effects[index];
              const text =
                effect === undefined
                  ? ""
                  : `${effect.name}${effect.key === undefined ? "" : ` ${JSON.stringify(effect.key)}`}`;
              return lineView({
                at: effect?.at ?? 0,
                what: text,
                rest: effect?.place ?? "",
                click:
                  effect?.operation === undefined
                    ? undefined
                    : () => links.operation(effect.operation ?? ""),
              });
            },
            "Effects",
          ),
        ),
  ];
}

/** One operation. */
export function operationDetails(
  execution: ReportedExecution,
  row: number,
): readonly (Node | undefined)[] {
  const shown = execution.picture.rows[row];
  const operation = execution.operations[row];
  if (shown === undefined || operation === undefined) return [h("p", {}, "Choose an operation.")];
  const events = execution.events.filter((event) => event.operation === shown.id);
  const logs = execution.logs.filter((line) => line.operation === shown.id);
  const effects = execution.effects.filter((effect) => effect.operation === shown.id);
  const replayed = shown.replayedIn;
  const facts: readonly (readonly [string, string])[] = [
    ["kind", shown.kind],
    ...operation.fields,
    ...(replayed === undefined
      ? []
      : [
          [
            "replayed in",
            replayed[0] === replayed[1]
              ? `invocation ${replayed[0]}`
              : `invocations ${replayed[0]} to ${replayed[1]}`,
          ] as const,
        ]),
  ];
  return [
    h("h2", {}, statusView(shown.status), ` ${shown.path}`),
    shown.summary === "" ? undefined : h("p", { class: "summary" }, shown.summary),
    errorView(operation.error),
    payload("Input", operation.input),
    payload("Result", operation.result),
    fields(facts),
    effects.length === 0
      ? undefined
      : h(
          "section",
          {},
          h("h3", {}, "Effects"),
          ...effects.map((effect) =>
            h(
              "div",
              {},
              h(
                "p",
                {},
                `${offset(effect.at)}  ${effect.name}${effect.key === undefined ? "" : ` ${JSON.stringify(effect.key)}`}, in invocation ${effect.invocation}`,
              ),
              effect.data === undefined
                ? undefined
                : code(JSON.stringify(effect.data, null, 2), "Effect data"),
            ),
          ),
        ),
    logs.length === 0
      ? undefined
      : h(
          "section",
          {},
          h("h3", {}, "Logs"),
          ...logs.map(({ at, level, text }) =>
            h("p", { class: `log log-${level}` }, `${offset(at)}  ${level}  ${text}`),
          ),
        ),
    events.length === 0
      ? undefined
      : h("section", {}, h("h3", {}, "Events"), ...events.map((event) => eventView(event))),
  ];
}

function eventView({ number, at, type, text, details }: ReportedEvent): HTMLElement {
  const title = `${offset(at)}  ${number}  ${type}`;
  return h(
    "details",
    {},
    h("summary", {}, title, text === "" ? "" : h("span", { class: "quiet" }, `  ${text}`)),
    code(JSON.stringify(details, null, 2), title),
  );
}

/** One invocation, and the state that it was given. */
export function invocationDetails(
  execution: ReportedExecution,
  number: number,
  links: Links,
): readonly (Node | undefined)[] {
  const invocation = execution.invocations[number - 1];
  const bar = execution.picture.invocations[number - 1];
  if (invocation === undefined) return [h("p", {}, "There is no invocation.")];
  const { operations, leftOut } = stateGiven(execution, number);
  const paths = new Map(execution.picture.rows.map((row) => [row.id, row.path] as const));
  return [
    h(
      "h2",
      {},
      statusView(invocation.status),
      ` Invocation ${number} of ${execution.invocations.length}`,
    ),
    bar === undefined ? undefined : h("p", { class: "summary" }, bar.ending),
    errorView(invocation.error),
    fields([
      ["began", offset(invocation.at)],
      ...(invocation.endedAt === undefined ? [] : [["ended", offset(invocation.endedAt)] as const]),
      ["request id", invocation.requestId],
    ]),
    h(
      "h3",
      {},
      `State it was given: ${operations.length === 1 ? "1 operation" : `${operations.length} operations`}`,
    ),
    operations.length === 0
      ? h("p", { class: "quiet" }, "Nothing but the input.")
      : virtualList(
          operations.length,
          (index) => {
            const given = operations[index];
            return lineView({
              at: given?.event.at ?? 0,
              what: given?.status ?? "",
              rest: paths.get(given?.operation ?? "") ?? "",
              click: () => links.operation(given?.operation ?? ""),
            });
          },
          "State",
        ),
    leftOut === 0
      ? undefined
      : h(
          "p",
          { class: "quiet" },
          `${leftOut} more in contexts that had ended: they are not sent again.`,
        ),
  ];
}

/** The history, as it is recorded. */
export function eventList(execution: ReportedExecution, links: Links): HTMLElement {
  const { events } = execution;
  return virtualList(
    events.length,
    (index) => {
      const event = events[index];
      return lineView({
        at: event?.at ?? 0,
        what: event?.type ?? "",
        rest: event?.text ?? "",
        click:
          event?.operation === undefined ? undefined : () => links.operation(event.operation ?? ""),
      });
    },
    "Events",
  );
}

/** What was logged. */
export function logList(execution: ReportedExecution, links: Links): HTMLElement {
  const { logs } = execution;
  if (logs.length === 0) return h("p", { class: "quiet" }, "Nothing was logged.");
  return virtualList(
    logs.length,
    (index) => {
      const line = logs[index];
      return lineView({
        at: line?.at ?? 0,
        what: line?.level ?? "",
        rest:
          line === undefined ? "" : `${line.text}${line.place === "" ? "" : `  (${line.place})`}`,
        click:
          line?.operation === undefined ? undefined : () => links.operation(line.operation ?? ""),
        kind: `log-${line?.level ?? ""}`,
      });
    },
    "Logs",
  );
}

function lineView({
  at,
  what,
  rest,
  click,
  kind = "",
}: {
  readonly at: number;
  readonly what: string;
  readonly rest: string;
  readonly click: (() => void) | undefined;
  readonly kind?: string;
}): HTMLElement {
  const parts = [
    h("span", { class: "at" }, offset(at)),
    h("span", { class: `what ${kind}` }, what),
    h("span", { class: "rest" }, rest),
  ];
  const title = `${offset(at)}  ${what}  ${rest}`;
  return click === undefined
    ? h("div", { class: "line", title }, ...parts)
    : h("button", { class: "line", type: "button", title, click }, ...parts);
}
