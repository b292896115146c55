/** How the page around the picture looks; the colours are those of the picture. */
export const VIEWER_STYLE: string = `
*{box-sizing:border-box}
html,body{margin:0;height:100%}
body{background:var(--dt-page);color:var(--dt-ink);font:13px/1.45 system-ui,-apple-system,'Segoe UI',Roboto,'Liberation Sans',sans-serif}
.report{display:flex;flex-direction:column;height:100vh;height:100dvh}
header{display:flex;flex-wrap:wrap;gap:8px 14px;align-items:center;padding:8px 16px;border-bottom:1px solid var(--dt-edge)}
h1{font-size:15px;margin:0;display:flex;gap:10px;align-items:center;flex:1 1 auto;min-width:0}
.heading{overflow-wrap:anywhere}
button,select,input{font:inherit;color:inherit;background:var(--dt-page);border:1px solid var(--dt-edge);border-radius:6px;padding:3px 9px;min-height:28px}
button{cursor:pointer}
button:hover{background:var(--dt-band)}
:focus-visible{outline:2px solid var(--dt-step);outline-offset:-1px}
.group{display:inline-flex;align-items:center}
.group button{border-radius:0;margin-left:-1px}
.group button:first-child{border-radius:6px 0 0 6px}
.group button:last-child{border-radius:0 6px 6px 0}
.stepper{border:1px solid var(--dt-edge);border-width:1px 0;padding:3px 9px;min-height:28px;white-space:nowrap;font-variant-numeric:tabular-nums}
.search{display:inline-flex;align-items:center;gap:6px}
.search input{width:200px}
.count{color:var(--dt-quiet);white-space:nowrap}
main{flex:1;min-height:0;display:grid;grid-template-columns:minmax(0,1fr) minmax(320px,30%)}
.timeline{overflow:auto;position:relative;border:2px solid transparent}
.timeline:focus-visible{outline:0;border-color:var(--dt-step)}
.size{position:relative;min-width:100%;min-height:100%}
.stage{position:sticky;top:0;left:0;display:block;user-select:text;cursor:default}
.stage .dt-halo{stroke:none}
.stage text{text-rendering:optimizeSpeed}
.stage .chosen{fill:var(--dt-step);fill-opacity:.16}
.stage .found{fill:var(--dt-warning);fill-opacity:.18}
.stage .chosen-band{fill:var(--dt-step);fill-opacity:.12}
.stage .chosen-edge{stroke:var(--dt-step);stroke-width:1.5}
.stage [data-invocation],.stage [data-operation],.stage [data-of]{cursor:pointer}
aside{display:flex;flex-direction:column;min-height:0;min-width:0;border-left:1px solid var(--dt-edge)}
[role=tablist]{display:flex;overflow-x:auto;border-bottom:1px solid var(--dt-edge);flex:none}
[role=tab]{border:0;border-radius:0;padding:8px 11px;border-bottom:2px solid transparent;color:var(--dt-quiet);background:none}
[role=tab][aria-selected=true]{color:var(--dt-ink);border-bottom-color:var(--dt-step);font-weight:600}
.panel{flex:1;overflow:auto;padding:12px 16px 24px;min-height:0}
.panel-events,.panel-logs{padding:0;overflow:hidden}
.panel-events .lines,.panel-logs .lines{height:100%;max-height:none;border:0}
.panel-logs>p{padding:12px 16px}
h2{font-size:14px;margin:0 0 6px;overflow-wrap:anywhere}
h3{font-size:12px;margin:16px 0 4px;color:var(--dt-quiet);font-weight:600}
p{margin:4px 0;overflow-wrap:anywhere;white-space:pre-wrap}
.summary,.quiet{color:var(--dt-quiet)}
.error{color:var(--dt-bad)}
.frame{font:11.5px/1.6 ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace;overflow-wrap:anywhere}
pre{font:11.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace;background:var(--dt-band);border-radius:6px;padding:8px 10px;margin:4px 0;overflow:auto;max-height:420px}
pre mark{background:none;color:var(--dt-bad);font-weight:600}
pre span{color:var(--dt-ink)}
dl{display:grid;grid-template-columns:max-content minmax(0,1fr);gap:3px 14px;margin:12px 0}
dt{color:var(--dt-quiet)}
dd{margin:0;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}
ul{padding-left:18px;margin:4px 0}
details{margin:2px 0}
summary{cursor:pointer;overflow-wrap:anywhere;white-space:pre-wrap}
.log{font:11.5px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace}
.log-error{color:var(--dt-bad)}
.log-warn{color:var(--dt-warning)}
.status{display:inline-block;font-size:11px;font-weight:700;letter-spacing:.02em;border:1.5px solid currentColor;border-radius:5px;padding:1px 6px;color:var(--dt-quiet);white-space:nowrap}
.status-succeeded{color:var(--dt-good)}
.status-failed,.status-timed_out,.status-stopped,.status-died{color:var(--dt-bad)}
.lines{position:relative;overflow:auto;max-height:460px;border:1px solid var(--dt-edge);border-radius:6px}
.lines-size{position:relative;min-width:100%}
.line{position:absolute;left:0;right:0;height:26px;min-height:0;border:0;border-radius:0;display:flex;gap:12px;align-items:center;padding:0 10px;text-align:left;white-space:pre;background:none;border-bottom:1px solid var(--dt-rule)}
.line .at{flex:0 0 92px;text-align:right;color:var(--dt-quiet);font-variant-numeric:tabular-nums;overflow:hidden;text-overflow:ellipsis}
.line .what{flex:none;font-weight:600}
.line .rest{overflow:hidden;text-overflow:ellipsis;color:var(--dt-quiet)}
dialog{color:inherit;background:var(--dt-page);border:1px solid var(--dt-edge);border-radius:10px;padding:18px 22px;max-width:min(1180px,94vw)}
dialog::backdrop{background:rgb(0 0 0/.45)}
.legend{overflow:auto;margin-bottom:12px}
.said{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
noscript pre{margin:16px}
@media (max-width:900px){
main{grid-template-columns:minmax(0,1fr);grid-template-rows:minmax(0,55fr) minmax(0,45fr)}
aside{border-left:0;border-top:1px solid var(--dt-edge)}
header{padding:8px 12px}
.search input{width:150px}
}
@media (forced-colors:active){.stage{forced-color-adjust:none}}
`;
