import type { LearnerReport } from "@baton/scheduler";
import { expect, test } from "vitest";
import type { Course } from "../drive/course.ts";
import { WorkloadBuilder, type Workload } from "../workload/workload.ts";
import { formatNumber, formatPercent, formatSpan } from "./format.ts";
import { layOut } from "./gantt.ts";
import { htmlReport } from "./html.ts";
import { measureCourse, type Comparison } from "./result.ts";
import { useOverTime, waitTail } from "./series.ts";
import { formatTick, linearScale, logScale, logTimeScale, standalone, timeScale } from "./svg.ts";
import { utilisationPlot } from "./plots.ts";
import { comparisonCsv, comparisonJson, comparisonTable, jobLines } from "./text.ts";

/** Four jobs on four processors: b waits for a, c and d run beside each other. Times in seconds. */
function workload(): Workload {
  const builder = new WorkloadBuilder("small", 1000, ["processors"]);
  builder.add({ id: "a", submit: 0, run: 10, request: 10, amounts: [4], tenant: "red" });
  builder.add({ id: 'b,"x"', submit: 0, run: 20, request: 20, amounts: [2], tenant: "blue" });
  builder.add({ id: "c", submit: 5, run: 10, request: 10, amounts: [2], tenant: "red" });
  builder.add({ id: "never", submit: 6, run: 10, request: 10, amounts: [9], tenant: "red" });
  return builder.finish();
}

const problem = { code: "x", where: "job never", message: "It is too large.", next: "Make it smaller." };
const course: Course = {
  start: Float64Array.of(0, 10, 10, Number.NaN),
  end: Float64Array.of(10, 30, 20, Number.NaN),
  served: Float64Array.of(10, 20, 10, 0),
  node: Int32Array.of(0, 0, 0, -1),
  refused: [{ job: 3, problem }],
  preemptions: 0,
  suspensions: 0,
  events: 8,
  learners: [],
};
const cluster = { nodes: [{ id: "machine", capacity: { processors: 4 } }], queues: [] };

function comparison(policies: readonly string[] = ["fcfs", "other"]): Comparison {
  const jobs = workload();
  return { workload: jobs, cluster, results: policies.map((policy) => measureCourse(policy, jobs, cluster, course)) };
}

test("numbers and spans for people", () => {
  expect([0, 7, 1234567, 0.000123456, 12.3456, 99999.5, Number.NaN].map(formatNumber)).toEqual([
    "0",
    "7",
    "1,234,567",
    "0.000123",
    "12.35",
    "100,000",
    "-",
  ]);
  expect([0, 0.0123, 3, 90, 600, 7200, 86_400, 500_000].map(formatSpan)).toEqual([
    "0 s",
    "12.30 ms",
    "3.00 s",
    "90.0 s",
    "10.0 min",
    "2.00 h",
    "24.0 h",
    "5.79 d",
  ]);
  expect(formatPercent(0.12345)).toBe("12.3 %");
});

test("a result counts refused jobs apart and measures the others in seconds", () => {
  const [result] = comparison().results;
  expect([result?.metrics.jobs, result?.refused, result?.stranded]).toEqual([3, 1, 0]);
  expect(result?.metrics.waiting.max).toBe(10);
  expect(result?.metrics.utilisation).toEqual({ processors: (40 + 40 + 20) / (4 * 30) });
  expect(result?.metrics.tenants.map(({ name, jobs }) => [name, jobs])).toEqual([
    ["red", 2],
    ["blue", 1],
  ]);
});

test("in whole units or in milliseconds, the measures are the same seconds", () => {
  const jobs = workload();
  const scaled = (column: Float64Array): Float64Array => column.map((value) => value * 1000);
  const fine = { ...jobs, unitMs: 1, submit: scaled(jobs.submit), run: scaled(jobs.run), request: scaled(jobs.request) };
  const later = { ...course, start: scaled(course.start), end: scaled(course.end), served: scaled(course.served) };
  const rounded = (value: object): string =>
    JSON.stringify(value, (_, field: unknown) => (typeof field === "number" ? Number(field.toPrecision(12)) : field));
  expect(rounded(measureCourse("fcfs", fine, cluster, later).metrics)).toBe(rounded(measureCourse("fcfs", jobs, cluster, course).metrics));
});

test("the table keeps to its width by putting policies under each other", () => {
  const wide = comparisonTable(comparison(), { columns: 200 });
  expect(wide).toContain("waiting time\n  mean");
  expect(wide).toMatch(/bounded slowdown\n {2}mean +1\.3/);
  expect(wide).toContain("tenants under other");
  const narrow = comparisonTable(comparison(), { columns: 45, tenants: 1 });
  expect(narrow.match(/^jobs completed/gm)).toHaveLength(2);
  expect(narrow).toContain("(1 more: --tenants 2, or -o csv)");
});

test("CSV has a line per policy and per tenant, JSON holds the same", () => {
  const lines = comparisonCsv(comparison()).trimEnd().split("\n");
  expect(lines).toHaveLength(1 + 2 * 3);
  const width = lines[0]?.split(",").length;
  expect(lines.every((line) => line.split(",").length === width)).toBe(true);
  expect(lines[0]).toContain("bounded_slowdown_rms");
  const document = JSON.parse(comparisonJson(comparison())) as { policies: { policy: string; waiting: { max: number } }[] };
  expect(document.policies.map(({ policy, waiting }) => [policy, waiting.max])).toEqual([
    ["fcfs", 10],
    ["other", 10],
  ]);
});

/** As a predictor reports: the learner in use, then the one that takes part in its contest. */
function learner(name: LearnerReport["learner"], meanAbsoluteMs: number, more: Partial<LearnerReport> = {}): LearnerReport {
  const absoluteMs = { p50: 1000, p90: 2000, p99: 3000, max: 4000 };
  const recentRatio = { p10: 0.5, p50: 1, p90: 2 };
  const shares = { underestimated: 0.25, accuracy: 0.6 };
  return { learner: name, isInUse: true, jobs: 3, meanAbsoluteMs, biasMs: -500, ...shares, absoluteMs, recentRatio, ...more };
}

test("errors of prediction are in every output, of the learner in use and of its rivals", () => {
  const rival = learner("mean-of-two", 90_000, { isInUse: false, contest: { isLeader: true, loss: 7 } });
  const plain = comparison(["default", "fcfs"]);
  const results = plain.results.map((result, i) => ({
    ...result,
    course: { ...course, learners: i === 0 ? [learner("best", 60_000), rival] : [] },
  }));
  const predicted: Comparison = { ...plain, results };
  const [header = "", first = "", , , second = ""] = comparisonCsv(predicted).split("\n");
  const at = (line: string, name: string): string | undefined => line.split(",")[header.split(",").indexOf(name)];
  expect([at(first, "prediction_error_mean_seconds"), at(first, "prediction_bias_seconds"), at(first, "prediction_accuracy")]).toEqual([
    "60",
    "-0.5",
    "0.6",
  ]);
  expect(at(first, "prediction_mean_of_two_error_mean_seconds")).toBe("90");
  expect([at(second, "policy"), at(second, "prediction_error_mean_seconds"), at(second, "prediction_mean_of_two_accuracy")]).toEqual([
    "fcfs",
    "",
    "",
  ]);
  const { policies } = JSON.parse(comparisonJson(predicted)) as { policies: { prediction: object[] }[] };
  expect(policies.map(({ prediction }) => prediction.length)).toEqual([2, 0]);
  expect(policies[0]?.prediction[1]).toMatchObject({
    learner: "mean-of-two",
    contest: { isLeader: true, loss: 7 },
    absoluteErrorSeconds: { mean: 90, p50: 1, max: 4 },
    biasSeconds: -0.5,
  });
  const table = comparisonTable(predicted);
  expect(table).toMatch(/prediction of run times\n {2}mean absolute error +60\.0 s +-\n/);
  expect(table).toMatch(/learners under default .*\nmean-of-two \(believed\) +90\.0 s/);
  expect(htmlReport(predicted)).toContain("<td>mean-of-two (believed)</td><td>90.0 s</td>");
});

test("every job is one CSV line; the policy is named where there are several", () => {
  expect([...jobLines(comparison(["fcfs"]))].join("")).toBe(
    'id,submit,start,end,wait,node\na,0,0,10,0,machine\n"b,""x""",0,10,30,10,machine\nc,5,10,20,5,machine\nnever,6,,,,\n',
  );
  expect([...jobLines(comparison())][5]).toBe("other,a,0,0,10,0,machine\n");
});

test("use over time conserves the work, wherever the slices are cut", () => {
  const { workload: jobs, results } = comparison();
  for (const slices of [1, 3, 7, 60]) {
    const use = useOverTime(jobs, results[0] as (typeof results)[0], { from: 0, to: 30 }, slices);
    const work = use.reduce((sum, level) => sum + (level * 30) / slices, 0);
    expect(work).toBeCloseTo(100, 9);
  }
  expect([...useOverTime(jobs, results[0] as (typeof results)[0], { from: 0, to: 30 }, 3)]).toEqual([4, 4, 2]);
});

test("the tail of the waits: which share waited longer", () => {
  const { workload: jobs, results } = comparison();
  expect(waitTail(jobs, results[0] as (typeof results)[0], [0, 4, 5, 10])).toEqual([2 / 3, 2 / 3, 1 / 3, 0]);
});

test("in a Gantt chart no two jobs hold the same part of a node at once", () => {
  const { workload: jobs, results } = comparison();
  const pieces = layOut(jobs, results[0] as (typeof results)[0], { from: 0, to: 30 }, [4]);
  expect(pieces).toEqual([
    { job: 0, node: 0, low: 0, high: 4 },
    { job: 1, node: 0, low: 0, high: 2 },
    { job: 2, node: 0, low: 2, high: 4 },
  ]);
});

test("ticks are round numbers, of time too", () => {
  expect(linearScale(0, 1, 0, 100, 4).ticks.map((tick) => tick.toFixed(1))).toEqual(["0.0", "0.5", "1.0"]);
  expect(linearScale(3, 97, 0, 1).ticks).toEqual([20, 40, 60, 80]);
  expect(timeScale(0, 7200, 0, 1).ticks.map(formatTick)).toEqual([
    "0",
    "15 min",
    "30 min",
    "45 min",
    "1 h",
    "75 min",
    "90 min",
    "105 min",
    "2 h",
  ]);
  expect(logScale(0.01, 1, 0, 100).ticks.map((tick) => tick.toPrecision(1))).toEqual(["0.01", "0.1", "1"]);
  expect(logTimeScale(1, 90_000, 0, 1).ticks.map(formatTick)).toEqual(["1 s", "10 s", "1 min", "10 min", "1 h", "10 h", "1 d"]);
});

test("the report is one file: no script, nothing loaded, names escaped, the same bytes each time", () => {
  const report = htmlReport(comparison(["a<b", "other"]));
  expect(report).toContain("a&lt;b");
  expect(report).not.toMatch(/<script|src=|href=|url\(|@import/);
  expect(report).toContain("prefers-color-scheme:dark");
  expect(htmlReport(comparison(["a<b", "other"]))).toBe(report);
  const file = standalone(utilisationPlot(comparison()));
  expect(file).toMatch(/^<svg [^>]+viewBox="-14 -14 928 328"[^>]*><title>Utilisation over time<\/title><style>/);
  expect(file.match(/<title>/g)).toHaveLength(1);
});
