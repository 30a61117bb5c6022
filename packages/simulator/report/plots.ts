// The plots of a comparison: use over time, the tail of the waits, and what tenants received of what was due. Each shows
// at most as many policies as there are colours; the table has them all.
import { totalCapacity } from "../cluster.ts";
import { formatPercent } from "./format.ts";
import { tenantsByShare, type Comparison, type PolicyResult } from "./result.ts";
import { useOverTime, waitTail, wholeSpan } from "./series.ts";
import {
  axes,
  escapeXml,
  formatTick,
  legend,
  linearScale,
  logScale,
  logTimeScale,
  path,
  plot,
  px,
  seriesColours,
  timeScale,
  type Area,
} from "./svg.ts";

const width = 900;
const slices = 300;
const tailPoints = 160;
const shownTenants = 16;
/** The wait axis begins at the longest wait over this: shorter waits do not matter. */
const shownDecades = 1e6;
/** Room to the right of the largest ratio. */
const dotRoom = 1.04;

/** The policies that a plot shows. */
export function plotted(comparison: Comparison): readonly PolicyResult[] {
  return comparison.results.slice(0, seriesColours);
}

/** Share of the first resource in use over time. */
export function utilisationPlot(comparison: Comparison): string {
  const { workload, cluster } = comparison;
  const results = plotted(comparison);
  const height = 300;
  const area: Area = { left: 60, right: width - 20, top: 60, bottom: height - 50 };
  const span = wholeSpan(workload, results);
  const capacity = totalCapacity(cluster).get(workload.resources[0]?.name ?? "") ?? 1;
  const y = linearScale(0, 1, area.bottom, area.top, 4);
  const unit = workload.unitMs / 1000;
  const x = timeScale(0, (span.to - span.from) * unit, area.left, area.right);
  const at = (slice: number): number => area.left + ((slice + 0.5) / slices) * (area.right - area.left);
  const lines = results.map((result, i) => {
    const points = [...useOverTime(workload, result, span, slices)].map((level, slice) => [at(slice), y.at(level / capacity)] as const);
    return `<path class="line s${i}" style="stroke-width:1.5" d="${path(points)}"><title>${escapeXml(result.policy)}</title></path>`;
  });
  const frame = axes({
    area,
    x,
    y,
    xLabel: "time since the first submission",
    formatX: formatTick,
    formatY: (share) => `${Math.round(share * 100)} %`,
  });
  return plot(width, height, "Utilisation over time", head("Utilisation over time", results) + frame + lines.join(""));
}

/** Which share of the jobs waited longer than a time, both axes logarithmic: the right end is the unluckiest job. */
export function waitPlot(comparison: Comparison): string {
  const { workload } = comparison;
  const results = plotted(comparison);
  const height = 340;
  const area: Area = { left: 60, right: width - 20, top: 60, bottom: height - 50 };
  const unit = workload.unitMs / 1000;
  const longest = Math.max(...results.map(({ metrics }) => metrics.waiting.max), 10 * unit);
  const shortest = Math.max(unit, longest / shownDecades);
  const x = logTimeScale(shortest, longest, area.left, area.right);
  const least = 1 / Math.max(10, workload.count);
  const y = logScale(least, 1, area.bottom, area.top);
  const times = Array.from({ length: tailPoints }, (_, i) => shortest * (longest / shortest) ** (i / (tailPoints - 1)));
  const lines = results.map((result, i) => {
    const tail = waitTail(
      workload,
      result,
      times.map((time) => time / unit),
    );
    const points = tail.map((share, k) => [x.at(times[k] as number), share > 0 ? y.at(share) : Number.NaN] as const);
    return `<path class="line s${i}" d="${path(points)}"><title>${escapeXml(result.policy)}</title></path>`;
  });
  const frame = axes({
    area,
    x,
    y,
    xLabel: "waiting time",
    formatX: formatTick,
    formatY: (share) => `${Number((share * 100).toPrecision(1))} %`,
  });
  return plot(
    width,
    height,
    "Share of jobs that wait longer",
    head("Share of jobs that wait longer than ...", results) + frame + lines.join(""),
  );
}

/** Received over due per tenant: a dot per policy, 1 is what was due. */
export function fairnessPlot(comparison: Comparison): string {
  const results = plotted(comparison);
  const first = results[0];
  const tenants = first
    ? tenantsByShare(first.metrics)
        .slice(0, shownTenants)
        .map(({ name }) => name)
    : [];
  const height = 110 + tenants.length * 22;
  const area: Area = { left: 150, right: width - 20, top: 60, bottom: height - 50 };
  const ratios = results.map(
    ({ metrics }) => new Map(metrics.tenants.map(({ name, share }) => [name, share.due > 0 ? share.received / share.due : 1])),
  );
  const highest = dotRoom * Math.max(1.2, ...tenants.flatMap((tenant) => ratios.map((own) => own.get(tenant) ?? 1)));
  const x = linearScale(0, highest, area.left, area.right, 8);
  const rows = tenants.map((tenant, row) => {
    const y = px(area.top + (row + 0.5) * 22);
    const dots = ratios.map((own, i) => {
      const ratio = own.get(tenant) ?? 1;
      return `<circle class="f${i}" cx="${px(x.at(ratio))}" cy="${y}" r="4.5" fill-opacity="0.85"><title>${escapeXml(`${tenant}, ${results[i]?.policy}: ${formatPercent(ratio)}`)}</title></circle>`;
    });
    return `<text class="name" x="${area.left - 10}" y="${y}" dy="0.32em" text-anchor="end">${escapeXml(tenant)}</text><line class="grid" x1="${area.left}" x2="${area.right}" y1="${y}" y2="${y}"/>${dots.join("")}`;
  });
  const one = px(x.at(1));
  const due = `<line class="axis" x1="${one}" x2="${one}" y1="${area.top}" y2="${area.bottom}" stroke-dasharray="4 3"/>`;
  const frame = axes({ area, x, xLabel: "share received / share due", formatX: (ratio) => formatPercent(ratio).replace(".0", "") });
  return plot(width, height, "Fairness between tenants", head("Fairness between tenants", results) + frame + due + rows.join(""));
}

function head(title: string, results: readonly PolicyResult[]): string {
  const names = results.map(({ policy }) => policy);
  return `<text class="title" x="0" y="22">${escapeXml(title)}</text>${legend(names, 0, 44)}`;
}
