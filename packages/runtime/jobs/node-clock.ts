// Clocks of nodes. Nothing is decided by them: leases are counted here. They say when jobs began and ended, so a clock that is a
// little off has its times corrected, and one that is far off is refused, for what it tells its jobs is wrong too.
import type { Instant, Millis } from "@baton/core";
import type { Report } from "@baton/executors";
import { runtimeError } from "../errors.ts";
import { clockLimitsMs } from "./limits.ts";

/** What is to be added to a node's times, 0 where its clock is right; throws where it is far off and the node is only coming. */
export function correctedBy(node: string, clock: Instant | undefined, now: Instant, before?: Millis): Millis {
  if (clock === undefined) return before ?? 0;
  const offMs = now - clock;
  if (before === undefined && Math.abs(offMs) > clockLimitsMs.refused)
    throw runtimeError("node-clock-off", {
      message: `The clock of ${node} is ${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? "behind" : "ahead"}; at most ${clockLimitsMs.refused / 1000} s are taken.`,
      where: node,
    });
  return Math.abs(offMs) > clockLimitsMs.corrected ? offMs : 0;
}

/** Reports in the server's time. */
export function correctTimes(reports: readonly Report[], byMs: Millis): readonly Report[] {
  return byMs === 0 ? reports : reports.map((report) => corrected(report, byMs));
}

function corrected(report: Report, byMs: Millis): Report {
  switch (report.type) {
    case "started":
    case "output":
      return { ...report, at: report.at + byMs };
    case "ended":
      return { ...report, startedAt: report.startedAt + byMs, endedAt: report.endedAt + byMs };
    case "suspended":
      return report;
  }
}
