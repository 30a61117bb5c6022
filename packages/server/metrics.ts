// Metrics in Prometheus text format (version 0.0.4). Labels are bounded: kinds, statuses and operations, never ids.
import type { RuntimeStats } from "@baton/runtime";
import { histogram, metric, type Sample } from "./metrics-text.ts";

/** Requests answered, by operation and status. */
export class RequestMetrics {
  readonly #counts = new Map<string, { readonly operation: string; readonly status: number; count: number; seconds: number }>();

  record(operation: string, status: number, seconds: number): void {
    const key = `${operation} ${status}`;
    const entry = this.#counts.get(key) ?? { operation, status, count: 0, seconds: 0 };
    entry.count++;
    entry.seconds += seconds;
    this.#counts.set(key, entry);
  }

  /** One sample per operation and status that was seen. */
  samples(value: "count" | "seconds"): Sample[] {
    return [...this.#counts.values()].map((entry) => ({
      labels: { operation: entry.operation, status: String(entry.status) },
      value: entry[value],
    }));
  }
}

/** The whole text. */
export function renderMetrics(stats: RuntimeStats, requests: RequestMetrics, version: string): string {
  const one = (value: number): Sample[] => [{ value }];
  return [
    metric("baton_build_info", "gauge", "The version that runs.", [{ labels: { version }, value: 1 }]),
    metric("baton_runs_started_total", "counter", "Runs started.", one(stats.runsStarted)),
    metric("baton_runs_finished_total", "counter", "Runs ended, by final status.", byLabel(stats.runsFinished, "status")),
    metric("baton_run_duration_seconds", "histogram", "From a run's start to its end.", histogram(stats.runSeconds)),
    metric("baton_steps_total", "counter", "Steps ended, by kind of task and by status.", steps(stats.steps)),
    metric("baton_webhook_deliveries_total", "counter", "Tries of webhook deliveries, by result.", byLabel(stats.deliveries, "result")),
    metric("baton_commit_seconds", "histogram", "How long a commit took.", histogram(stats.commitSeconds)),
    metric("baton_commit_batch_size", "histogram", "Decisions per commit.", histogram(stats.commitBatch)),
    metric("baton_timer_lag_seconds", "histogram", "How late timers fired.", histogram(stats.timerLagSeconds)),
    metric("baton_runs_loaded", "gauge", "Runs held in memory.", one(stats.runsLoaded)),
    metric("baton_work_running", "gauge", "Calls and processes under way.", one(stats.workRunning)),
    metric("baton_work_waiting", "gauge", "Calls and processes that wait for a place.", one(stats.workWaiting)),
    metric("baton_decisions_pending", "gauge", "Decisions that are not yet durable.", one(stats.decisionsPending)),
    metric("baton_incidents", "gauge", "Runs that are stopped because of a defect.", one(stats.incidents)),
    metric("baton_http_requests_total", "counter", "Requests answered, by operation and status.", requests.samples("count")),
    metric("baton_http_request_seconds_total", "counter", "Time spent on requests.", requests.samples("seconds")),
    metric("process_resident_memory_bytes", "gauge", "Memory of this process.", one(process.memoryUsage.rss())),
    metric("process_cpu_seconds_total", "counter", "Processor time of this process.", one(cpuSeconds())),
  ].join("");
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000_000;
}

function byLabel(counts: { readonly [key: string]: number }, label: string): Sample[] {
  return Object.entries(counts).map(([key, value]) => ({ labels: { [label]: key }, value }));
}

function steps(counts: RuntimeStats["steps"]): Sample[] {
  return Object.entries(counts).map(([key, value]) => {
    const [kind = "", status = ""] = key.split("/");
    return { labels: { kind, status }, value };
  });
}
