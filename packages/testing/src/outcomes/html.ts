import { escape } from "../picture/markup.ts";
import type { OutcomeReport, ReportedFunction, ReportedOperation } from "./report.ts";
import { figuresText, functionLabel, operationLabel } from "./text.ts";

const STYLE = `
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color-scheme: light dark; }
table { border-collapse: collapse; width: 100%; }
td { border-top: 1px solid #8884; padding: .3rem .8rem .3rem 0; vertical-align: top; }
code { font: 13px/1.5 ui-monospace, monospace; overflow-wrap: anywhere; }
.seen { color: #1a7f37; } .missing { color: #cf222e; }
`;

/** A report as a page that needs nothing else. */
export function outcomesAsHtml(report: OutcomeReport): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Outcomes</title><style>${STYLE}</style></head>
<body>
<h1>Outcomes: ${escape(figuresText(report))}</h1>
${report.functions.map(section).join("\n")}
</body>
</html>
`;
}

function section(reported: ReportedFunction): string {
  return `<h2>${escape(functionLabel(reported))}: ${escape(figuresText(reported))}</h2>
<table>
${reported.operations.map(row).join("\n")}
</table>`;
}

function row(operation: ReportedOperation): string {
  const outcomes = operation.outcomes.map(({ outcome, seen, script }) => {
    if (seen) return `<div class="seen">&#10003; ${escape(outcome)}</div>`;
    const code = script === undefined ? "" : ` <code>${escape(script)}</code>`;
    return `<div class="missing">&#10007; ${escape(outcome)}${code}</div>`;
  });
  return `<tr><td><code>${escape(operationLabel(operation))}</code></td><td>${outcomes.join("")}</td></tr>`;
}
