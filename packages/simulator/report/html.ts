// A report in one HTML file: the table and the plots, no script, nothing that is loaded from elsewhere.
import { measures, predictionMeasures, tenantMeasures } from "./columns.ts";
import { formatNumber } from "./format.ts";
import { ganttPlot, ganttWindow } from "./gantt.ts";
import { fairnessPlot, plotted, utilisationPlot, waitPlot } from "./plots.ts";
import { tenantsByShare, type Comparison } from "./result.ts";
import { wholeSpan } from "./series.ts";
import { escapeXml, plotStyle, seriesColours } from "./svg.ts";
import { show } from "./text.ts";

const shownGantts = 4;
const shownTenants = 100;

const page = [
  "body{margin:0;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,sans-serif}",
  "main{max-width:960px;margin:0 auto;padding:32px 20px 64px}",
  "h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:36px 0 8px}p{margin:0 0 12px;color:var(--muted)}",
  "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13px}.scroll{overflow-x:auto}",
  "th,td{padding:3px 12px 3px 0;text-align:right;white-space:nowrap;border-bottom:1px solid var(--grid)}",
  "th:first-child,td:first-child{text-align:left}td.group{color:var(--muted);padding-top:10px}td.inner{padding-left:16px}",
  "summary{cursor:pointer;margin:8px 0;color:var(--muted)}",
  "svg{width:100%;height:auto;display:block;margin:8px 0 20px}",
].join("");

/** Every plot of a comparison by a name that can be a file's; Gantt charts for the first policies. */
export function plotsByName(comparison: Comparison): Map<string, string> {
  const { workload, cluster } = comparison;
  const plots = new Map([
    ["utilisation", utilisationPlot(comparison)],
    ["waits", waitPlot(comparison)],
  ]);
  if (workload.tenants.length > 1) plots.set("fairness", fairnessPlot(comparison));
  const shown = plotted(comparison).slice(0, shownGantts);
  const first = shown[0];
  const window = first && ganttWindow(workload, first, wholeSpan(workload, shown));
  if (window)
    for (const result of shown) plots.set(`gantt-${result.policy.replace(/[^\w.-]+/g, "-")}`, ganttPlot(workload, cluster, result, window));
  return plots;
}

/** The whole report. */
export function htmlReport(comparison: Comparison): string {
  const { workload, cluster, results } = comparison;
  const title = `Simulation of ${workload.name}`;
  const window = `The window in which the job was submitted that waits longest under ${results[0]?.policy}. Height is the amount held; colours tell tenants apart.`;
  const plots = [...plotsByName(comparison)];
  const overall = plots.filter(([name]) => !name.startsWith("gantt-"));
  const gantts = plots.filter(([name]) => name.startsWith("gantt-"));
  const facts = `${counted(workload.count, "job")} of ${counted(workload.tenants.length, "tenant")} on ${counted(cluster.nodes.length, "node")}, ${results.length === 1 ? "one policy" : `${results.length} policies`}.`;
  return [
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">`,
    `<title>${escapeXml(title)}</title><style>${plotStyle(":root")}${page}</style></head><body><main>`,
    `<h1>${escapeXml(title)}</h1><p>${escapeXml(facts)}${results.length > seriesColours ? ` The plots show the first ${seriesColours}.` : ""}</p>`,
    ...overall.map(([, svg]) => svg),
    `<h2>What ran</h2><p>${escapeXml(window)}</p>`,
    ...gantts.map(([, svg]) => svg),
    `<h2>All measures</h2><div class="scroll">${table(comparison)}</div>`,
    ...tenantSections(comparison),
    ...learnerSections(comparison),
    "</main></body></html>\n",
  ].join("\n");
}

function counted(count: number, noun: string): string {
  return `${formatNumber(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** The measures of the tenants, those with the most service first, folded up per policy. */
function tenantSections({ workload, results }: Comparison): string[] {
  if (workload.tenants.length < 2) return [];
  const left = workload.tenants.length - shownTenants;
  const note = left > 0 ? `<p>The ${shownTenants} with the most service; the CSV has all ${workload.tenants.length}.</p>` : "";
  const sections = results.map(({ policy, metrics }) => {
    const tenants = tenantsByShare(metrics).slice(0, shownTenants);
    const rows = tenants.map((tenant) => [tenant.name, ...tenantMeasures.map(({ value, unit }) => show(value(tenant), unit))]);
    return folded(`under ${policy}`, ["tenant", ...tenantMeasures.map(({ label }) => label)], rows);
  });
  return [`<h2>Tenants</h2>${note}`, ...sections];
}

/** The errors of the learners, where they competed. */
function learnerSections({ results }: Comparison): string[] {
  const sections = results.flatMap(({ policy, course }) => {
    const rivals = course.learners.filter(({ contest }) => contest !== undefined);
    if (rivals.length === 0) return [];
    const rows = rivals.map((learner) => [
      learner.contest?.isLeader === true ? `${learner.learner} (believed)` : learner.learner,
      ...predictionMeasures.map(({ value, unit }) => show(value(learner), unit)),
    ]);
    return [folded(`under ${policy}`, ["learner", ...predictionMeasures.map(({ label }) => label)], rows)];
  });
  return sections.length === 0 ? [] : ["<h2>Learners of run times</h2>", ...sections];
}

function folded(title: string, header: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (tag: string, cells: readonly string[]): string =>
    `<tr>${cells.map((cell) => `<${tag}>${escapeXml(cell)}</${tag}>`).join("")}</tr>`;
  const body = rows.map((row) => line("td", row)).join("");
  return `<details><summary>${escapeXml(title)}</summary><div class="scroll"><table><thead>${line("th", header)}</thead><tbody>${body}</tbody></table></div></details>`;
}

function table({ workload, results }: Comparison): string {
  const rows: string[] = [];
  let group = "";
  for (const measure of measures(workload.resources.map(({ name }) => name))) {
    if (measure.group !== group && measure.group !== "")
      rows.push(`<tr><td class="group" colspan="${results.length + 1}">${escapeXml(measure.group)}</td></tr>`);
    group = measure.group;
    const cells = results.map((result) => `<td>${escapeXml(show(measure.value(result), measure.unit))}</td>`);
    rows.push(`<tr><td${group === "" ? "" : ' class="inner"'}>${escapeXml(measure.label)}</td>${cells.join("")}</tr>`);
  }
  const names = results.map(({ policy }) => `<th>${escapeXml(policy)}</th>`);
  return `<table><thead><tr><th></th>${names.join("")}</tr></thead><tbody>${rows.join("")}</tbody></table>`;
}
