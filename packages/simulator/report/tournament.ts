// A tournament as a table, CSV and JSON: what each policy scored on the half that chose and on the half that checked.
import { longestWaitFactor, type Entry, type Tournament } from "../compare.ts";
import { formatNumber, formatSpan } from "./format.ts";

/** The table that stands above the advice. */
export function tournamentTable({ objective, baseline, winner, entries }: Tournament): string {
  const header = ["policy", "first half", "second half", "longest wait, 1st", "longest wait, 2nd", ""];
  const rows = entries.map((entry) => [
    `${entry === winner ? "* " : "  "}${entry.policy}`,
    formatNumber(objective.of(entry.first.metrics)),
    formatNumber(objective.of(entry.second.metrics)),
    formatSpan(entry.first.metrics.waiting.max),
    formatSpan(entry.second.metrics.waiting.max),
    remark(entry, baseline),
  ]);
  const widths = header.map((title, i) => Math.max(title.length, ...rows.map((row) => (row[i] ?? "").length)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, i) => (i === 0 || i === cells.length - 1 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
      .join("  ")
      .trimEnd();
  const title = `${objective.label}; eligible: longest wait at most ${longestWaitFactor} times that of ${baseline.policy}, root-mean-square slowdown no worse`;
  return `${[title, "", line(header), ...rows.map(line)].join("\n")}\n`;
}

function remark(entry: Entry, baseline: Entry): string {
  if (entry === baseline) return "baseline";
  return entry.eligible ? "" : `not eligible: ${entry.reason}`;
}

/** One line per policy and half. */
export function tournamentCsv({ objective, winner, entries }: Tournament): string {
  const lines = ["policy,half,score,waiting_max_seconds,bounded_slowdown_rms,eligible,winner"];
  for (const entry of entries) {
    for (const half of ["first", "second"] as const) {
      const { metrics } = entry[half];
      const cells = [
        entry.policy,
        half,
        objective.of(metrics),
        metrics.waiting.max,
        metrics.boundedSlowdown.rms,
        entry.eligible,
        entry === winner,
      ];
      lines.push(cells.join(","));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** The whole tournament, with all measures of both halves. */
export function tournamentJson({ objective, baseline, winner, entries }: Tournament): string {
  const document = {
    objective: objective.name,
    baseline: baseline.policy,
    winner: winner.policy,
    entries: entries.map(({ policy, eligible, reason, first, second }) => ({
      policy,
      eligible,
      ...(eligible ? {} : { reason }),
      first: { score: objective.of(first.metrics), ...first.metrics },
      second: { score: objective.of(second.metrics), ...second.metrics },
    })),
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}
