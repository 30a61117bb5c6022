// Clocks of nodes. Nothing is decided by them: leases are counted here. They say when jobs began and ended, so a clock that is a
// little off has its times corrected, and one that is far off is refused, for what it tells its jobs is wrong too.
import type { Instant, Millis } from "@baton/core";
import type { Report } from "@baton/executors";
import { runtimeError } from "../errors.ts";
import { clockLimitsMs } from "./limits.ts";

/** So many of the latest readings are looked at. */
const readings = 8;

/** What is known of one node's clock. What it says has always been on its way for a while, so the smallest difference is the truest. */
export class NodeClock {
  readonly #differences: Millis[] = [];

  /** A first reading, where there is one; throws where the clock is far off. */
  constructor(node: string, clock?: Instant, now: Instant = 0) {
    if (clock === undefined) return;
    const offMs = now - clock;
    if (Math.abs(offMs) > clockLimitsMs.refused)
      throw runtimeError("node-clock-off", {
        message: `The clock of ${node} is ${Math.round(Math.abs(offMs) / 1000)} s ${offMs > 0 ? "behind" : "ahead"}; at most ${clockLimitsMs.refused / 1000} s are taken.`,
        where: node,
      });
    this.read(clock, now);
  }

  read(clock: Instant, now: Instant): void {
    this.#differences.push(now - clock);
    if (this.#differences.length > readings) this.#differences.shift();
  }

  /** What is to be added to the node's times; 0 where its clock is right. */
  get offsetMs(): Millis {
    const least = this.#differences.length === 0 ? 0 : Math.min(...this.#differences);
    return Math.abs(least) > clockLimitsMs.corrected ? least : 0;
  }
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
    case "checked":
      return report;
  }
}
