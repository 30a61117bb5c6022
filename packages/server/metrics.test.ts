import type { RuntimeStats } from "@baton/runtime";
import { expect, test } from "vitest";
import { renderMetrics, RequestMetrics } from "./metrics.ts";

const histogram = { bounds: [0.1, 1], counts: [2, 3], count: 4, sum: 5.5 };
const stats: RuntimeStats = {
  runsStarted: 7,
  runsFinished: { completed: 5, faulted: 1 },
  steps: { "call/completed": 9, "set/faulted": 1 },
  deliveries: { delivered: 2 },
  runSeconds: histogram,
  commitSeconds: histogram,
  commitBatch: histogram,
  timerLagSeconds: histogram,
  runsLoaded: 1,
  workRunning: 2,
  workWaiting: 3,
  decisionsPending: 4,
  incidents: 0,
};

const requests = new RequestMetrics();
requests.record("getRun", 200, 0.25);
requests.record("getRun", 200, 0.5);
requests.record("startRun", 404, 0.1);
const text = renderMetrics(stats, requests, '1.0 "x"');

test("counters, labels and histograms are as Prometheus reads them", () => {
  for (const line of [
    'baton_build_info{version="1.0 \\"x\\""} 1',
    "baton_runs_started_total 7",
    'baton_webhook_deliveries_total{result="delivered"} 2',
    'baton_runs_finished_total{status="faulted"} 1',
    'baton_steps_total{kind="call",status="completed"} 9',
    'baton_run_duration_seconds_bucket{le="0.1"} 2',
    'baton_run_duration_seconds_bucket{le="+Inf"} 4',
    "baton_run_duration_seconds_sum 5.5",
    "baton_run_duration_seconds_count 4",
    'baton_http_requests_total{operation="getRun",status="200"} 2',
    'baton_http_request_seconds_total{operation="getRun",status="200"} 0.75',
  ])
    expect(text.split("\n")).toContain(line);
});

test("every line is a comment or a sample, every metric has help and a type once, before its samples", () => {
  const lines = text.trimEnd().split("\n");
  const sample = /^([a-z_]+)(\{[a-z]+="(?:[^"\\]|\\.)*"(?:,[a-z]+="(?:[^"\\]|\\.)*")*\})? [0-9.e+-]+$/;
  let current = "";
  const seen = new Set<string>();
  for (const line of lines) {
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (type !== null) {
      current = type[1] as string;
      expect(seen.has(current)).toBe(false);
      seen.add(current);
    } else if (!line.startsWith("# HELP ")) {
      const name = sample.exec(line)?.[1];
      expect(name?.replace(/_(bucket|sum|count)$/, "") === current || name === current, line).toBe(true);
    }
  }
  expect(seen.size).toBeGreaterThan(15);
});
