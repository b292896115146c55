import type { ReportData } from "../report-data.ts";
import { ReportView } from "./report-view.ts";
import { h } from "./dom.ts";

const host = document.querySelector("#report");
const text = document.querySelector("#data")?.textContent ?? "";
if (host !== null) {
  // Written by this project, into the same file.
  const data = JSON.parse(text) as ReportData;
  const show = (index: number): void => {
    const execution = data.executions[index];
    if (execution === undefined) return;
    const view = new ReportView(execution, chooser(data, index, show));
    host.replaceChildren(view.element);
    view.begin();
  };
  show(0);
}

/** Which of several executions is shown. */
function chooser(
  { executions }: ReportData,
  chosen: number,
  show: (index: number) => void,
): HTMLElement | undefined {
  if (executions.length < 2) return undefined;
  const select = h(
    "select",
    { "aria-label": "Execution", change: () => show(select.selectedIndex) },
    ...executions.map(({ picture }, index) =>
      h("option", { selected: index === chosen }, `${index + 1}. ${picture.heading}`),
    ),
  );
  return select;
}
