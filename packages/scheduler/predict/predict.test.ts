// Learners against definitions and computations that share nothing with them.
import { seededRandom } from "@baton/core";
import { expect, test } from "vitest";
import type { LearnerName, PredictionPolicy } from "../policy.ts";
import type { JobSpec } from "../types.ts";
import { maxOfThree, meanOfTwo, quantileOfRuns } from "./averages.ts";
import { Contest } from "./contest.ts";
import { unknownDurationMs } from "./defaults.ts";
import { PredictionErrors } from "./errors.ts";
import { Histories, rememberedKeys, rememberedRuns } from "./history.ts";
import type { PredictionFacts } from "./learner.ts";
import { Predictor } from "./predictor.ts";
import { featureCount, featuresOf, fewestJobs, forgetting, initialVariance, Regression } from "./regression.ts";
import { exactValues, Sketch, sketchAccuracy } from "./sketch.ts";

const minute = 60_000;

function facts(runs: readonly number[], more: Partial<PredictionFacts> = {}): PredictionFacts {
  return { runs, limitMs: undefined, expectedMs: undefined, size: 1, inputSize: undefined, ...more };
}

function policy(learner: LearnerName, reserve: PredictionPolicy["reserve"] = "estimate"): PredictionPolicy {
  return { learner, correction: "limit", reserve };
}

/** Lets jobs of one key complete, one after the other, and gives the predictor. */
function trained(predictor: Predictor, learner: LearnerName, key: string, runs: readonly number[], limitMs?: number): Predictor {
  for (const run of runs) {
    const spec: JobSpec = { id: "x", requests: {}, predictionKey: key, ...(limitMs === undefined ? {} : { limitMs }) };
    const { forecast, orderMs } = predictor.estimate(spec, 1, policy(learner));
    predictor.observe(spec, forecast, orderMs, run);
  }
  return predictor;
}

test("averages and quantiles of the last runs, newest first, are what their names say", () => {
  expect([[], [5000]].map((runs) => meanOfTwo.predict(facts(runs)))).toEqual([undefined, undefined]);
  expect(meanOfTwo.predict(facts([4000, 7000, 900_000]))).toBe(5000);
  expect(meanOfTwo.predict(facts([4, 7]))).toBe(5);
  expect([[], [3], [3, 9], [1, 2, 3, 99]].map((runs) => maxOfThree.predict(facts(runs)))).toEqual([undefined, 3, 9, 3]);
  expect(quantileOfRuns.predict(facts([1, 2]))).toBeUndefined();
  expect(
    [
      [3, 1, 2],
      [4, 1, 3, 2],
      [5, 1, 4, 2, 3],
    ].map((runs) => quantileOfRuns.predict(facts(runs))),
  ).toEqual([2, 2, 3]);
  const ten = [7, 3, 10, 1, 9, 5, 2, 8, 4, 6];
  expect([quantileOfRuns.predict(facts(ten)), quantileOfRuns.high?.(facts(ten))]).toEqual([5, 9]);
});

test("each key is learned by itself, from its last runs, and a limit is never exceeded", () => {
  const predictor = new Predictor();
  for (let i = 0; i < 40; i++) trained(trained(predictor, "mean-of-two", "short", [1000]), "mean-of-two", "long", [3_000_000 + i * 1000]);
  const orderOf = (key: string, limitMs: number, learner: LearnerName = "mean-of-two"): number =>
    predictor.estimate({ id: "j", requests: {}, predictionKey: key, limitMs }, 1, policy(learner)).orderMs;
  expect([orderOf("short", minute), orderOf("long", 9_000_000), orderOf("new", 7000)]).toEqual([1000, 3_038_000, 7000]);
  expect(orderOf("long", minute)).toBe(minute);
  expect([orderOf("long", 9_000_000, "max-of-three"), orderOf("long", 9_000_000, "quantile")]).toEqual([3_039_000, 3_032_000]);
  expect(predictor.estimate({ id: "j", requests: {} }, 1, policy("mean-of-two")).orderMs).toBe(unknownDurationMs);
});

test("what is reserved: the estimate, a 90th percentile, or the limit; a job without a limit by the 90th percentile", () => {
  const runs = [7, 3, 10, 1, 9, 5, 2, 8, 4, 6].map((minutes) => minutes * minute);
  const predictor = trained(new Predictor(), "quantile", "f", runs, 60 * minute);
  const reserved = (reserve: PredictionPolicy["reserve"], limitMs?: number): number => {
    const spec: JobSpec = { id: "j", requests: {}, predictionKey: "f", ...(limitMs === undefined ? {} : { limitMs }) };
    return predictor.estimate(spec, 1, policy("quantile", reserve)).reserveMs / minute;
  };
  expect([reserved("estimate", 60), reserved("estimate", 60 * minute)]).toEqual([60 / minute, 5]);
  expect([reserved("p90", 60 * minute), reserved("p90", 8 * minute)]).toEqual([9, 8]);
  expect([reserved("limit", 60 * minute), reserved("limit")]).toEqual([60, 9]);
});

test("a learner that knows no 90th percentile is stretched by how its predictions turned out", () => {
  const predictor = new Predictor();
  // Every fifth run takes three times as long as the others.
  const runs = Array.from({ length: 200 }, (_, i) => (i % 5 === 4 ? 3 * minute : minute));
  trained(predictor, "max-of-three", "f", runs, 60 * minute);
  const ratios = predictor.errorsOf("max-of-three").ratios.quantiles();
  const { orderMs, reserveMs } = predictor.estimate(
    { id: "j", requests: {}, predictionKey: "f", limitMs: 60 * minute },
    1,
    policy("max-of-three", "p90"),
  );
  expect(reserveMs).toBe(Math.max(orderMs, Math.ceil(orderMs * ratios[2])));
  expect(ratios[2]).toBeGreaterThan(1);
});

/** Weighted ridge regression by its normal equations, solved by elimination: what recursive least squares must give. */
function leastSquares(rows: readonly { readonly x: Float64Array; readonly y: number }[], weightsAtFirst: readonly number[]): number[] {
  const prior = forgetting ** rows.length / initialVariance;
  const a = weightsAtFirst.map((_, i) => weightsAtFirst.map((__, j) => (i === j ? prior : 0)));
  const b = weightsAtFirst.map((weight) => weight * prior);
  rows.forEach(({ x, y }, k) => {
    const weight = forgetting ** (rows.length - 1 - k);
    for (let i = 0; i < featureCount; i++) {
      b[i] = (b[i] as number) + weight * (x[i] as number) * y;
      for (let j = 0; j < featureCount; j++) (a[i] as number[])[j] = (a[i]?.[j] as number) + weight * (x[i] as number) * (x[j] as number);
    }
  });
  for (let i = 0; i < featureCount; i++) {
    for (let r = i + 1; r < featureCount; r++) {
      const factor = (a[r]?.[i] as number) / (a[i]?.[i] as number);
      for (let j = i; j < featureCount; j++) (a[r] as number[])[j] = (a[r]?.[j] as number) - factor * (a[i]?.[j] as number);
      b[r] = (b[r] as number) - factor * (b[i] as number);
    }
  }
  const solution = Array.from({ length: featureCount }, () => 0);
  for (let i = featureCount - 1; i >= 0; i--) {
    let sum = b[i] as number;
    for (let j = i + 1; j < featureCount; j++) sum -= (a[i]?.[j] as number) * (solution[j] as number);
    solution[i] = sum / (a[i]?.[i] as number);
  }
  return solution;
}

/** Jobs whose run time grows with the square root of the input and the processors, with some noise. */
function lawfulJob(random: () => number): { readonly facts: PredictionFacts; readonly run: number } {
  const inputSize = Math.ceil(10 ** (1 + 4 * random()));
  const size = 2 ** Math.floor(5 * random());
  const run = Math.round(200 * Math.sqrt(1 + inputSize) * size ** 0.3 * Math.exp(0.1 * (random() - 0.5)));
  const recent = [run, 2 * run].map((one) => Math.ceil(one * (0.3 + random())));
  return { facts: facts(recent, { limitMs: Math.ceil(run * (1 + 9 * random())), size, inputSize }), run };
}

test("the regression has the weights that the normal equations of all jobs give", () => {
  const random = seededRandom(11);
  const regression = new Regression();
  const rows: { x: Float64Array; y: number }[] = [];
  for (let i = 0; i < 400; i++) {
    const job = lawfulJob(random);
    const x = featuresOf(job.facts);
    regression.observe(x, job.run);
    rows.push({ x, y: Math.log(job.run) });
  }
  const exact = leastSquares(rows, [0, 0, 1, 0, 0]);
  regression.weights.forEach((weight, i) => expect(weight).toBeCloseTo(exact[i] as number, 6));
});

test("the regression finds a law of input and processors, its 90th percentile covers nine of ten, and it says nothing too early", () => {
  const random = seededRandom(5);
  const regression = new Regression();
  let [close, covered] = [0, 0];
  for (let i = 0; i < 1000; i++) {
    const job = lawfulJob(random);
    const predicted = regression.predict(job.facts);
    expect(predicted === undefined).toBe(i < fewestJobs);
    if (i >= 500 && Math.abs(Math.log((predicted as number) / job.run)) < 0.1) close++;
    if (i >= 500 && job.run <= (regression.high(job.facts) as number)) covered++;
    regression.observe(featuresOf(job.facts), job.run);
  }
  expect(close).toBeGreaterThan(480);
  expect(covered / 500).toBeGreaterThan(0.85);
});

test("features that never change do not unsettle the regression, and it still follows a new law", () => {
  const regression = new Regression();
  const same = facts([minute, minute], { limitMs: minute });
  for (let i = 0; i < 20_000; i++) regression.observe(featuresOf(same), minute);
  expect(regression.predict(same)).toBeCloseTo(minute, -1);
  const random = seededRandom(2);
  for (let i = 0; i < 400; i++) {
    const job = lawfulJob(random);
    regression.observe(featuresOf(job.facts), job.run);
  }
  const { facts: known, run } = lawfulJob(random);
  expect(Math.abs(Math.log((regression.predict(known) as number) / run))).toBeLessThan(0.15);
});

test("the contest believes the learner whose order does the least harm, not the one that is nearest to the run times", () => {
  const random = seededRandom(3);
  const contest = new Contest(3);
  const errors = [0, 0, 0];
  for (let i = 0; i < 300; i++) {
    const isShort = random() < 0.5;
    const run = (isShort ? 10 : 12) * minute * (1 + random() / 100);
    // The first says the same of all; the second a hundred times too much, in the right order; the third is near, in the wrong one.
    const predictions = Float64Array.of(11 * minute, run * 100, (isShort ? 12 : 10) * minute);
    predictions.forEach((predicted, k) => (errors[k] = (errors[k] as number) + Math.abs(predicted - run)));
    contest.judge(run, predictions);
  }
  expect(contest.leader).toBe(1);
  expect(Math.max(...errors)).toBe(errors[1]);
  expect(contest.losses.map((loss) => loss > 0)).toEqual([true, false, true]);
});

test("a learner takes over only if it is clearly better, and only as long as it is", () => {
  const contest = new Contest(2);
  const play = (jobs: number, right: number): void => {
    for (let i = 0; i < jobs; i++) {
      const run = (i % 2 === 0 ? 1 : 5) * minute;
      const wrong = (i % 2 === 0 ? 5 : 1) * minute;
      contest.judge(run, right === 0 ? Float64Array.of(run, wrong) : Float64Array.of(wrong, run));
    }
  };
  play(20, 0);
  expect(contest.leader).toBe(0);
  play(1000, 1);
  expect(contest.leader).toBe(1);
  play(3000, 0);
  expect(contest.leader).toBe(0);
});

test("errors are those of the definitions", () => {
  const pairs = [
    [100, 50],
    [60, 120],
    [30, 30],
    [10, 1000],
    [200, 100],
  ].map(([predicted = 0, run = 0]) => [predicted * 1000, run * 1000] as const);
  const errors = new PredictionErrors();
  for (const [predicted, run] of pairs) errors.add(predicted, run);
  const { jobs, meanAbsoluteMs, biasMs, underestimated, accuracy, absoluteMs, recentRatio } = errors.summary();
  expect(jobs).toBe(5);
  expect(meanAbsoluteMs).toBeCloseTo((50 + 60 + 0 + 990 + 100) * 200, 6);
  expect(biasMs).toBeCloseTo((50 - 60 + 0 - 990 + 100) * 200, 6);
  expect(underestimated).toBe(0.4);
  expect(accuracy).toBeCloseTo((0.5 + 0.5 + 1 + 0.01 + 0.5) / 5, 9);
  expect(absoluteMs).toEqual({ p50: 60_000, p90: 990_000, p99: 990_000, max: 990_000 });
  expect(recentRatio).toEqual({ p10: 0.5, p50: 1, p90: 100 });
  expect(new PredictionErrors().summary()).toMatchObject({ jobs: 0, meanAbsoluteMs: 0, accuracy: 0, absoluteMs: { max: 0 } });
});

test("quantiles of a sketch are exact for few values and right to one percent for many", () => {
  const random = seededRandom(8);
  const sketch = new Sketch();
  const values = Array.from({ length: 5000 }, () => 10 ** (9 * random()));
  for (const value of values) sketch.add(value);
  values.sort((a, b) => a - b);
  for (const q of [0, 0.01, 0.5, 0.9, 0.999, 1]) {
    const exact = values[Math.max(1, Math.ceil(q * values.length)) - 1] as number;
    expect(Math.abs(sketch.quantile(q) / exact - 1)).toBeLessThanOrEqual(sketchAccuracy * 1.0001);
  }
  const few = new Sketch();
  for (const value of [3, 1, 2]) few.add(value);
  expect([0.1, 0.5, 1].map((q) => few.quantile(q))).toEqual([1, 2, 3]);
  expect(new Sketch().quantile(0.5)).toBe(0);
  const zeros = new Sketch();
  for (let i = 0; i < 3 * exactValues; i++) zeros.add(0);
  for (let i = 0; i < exactValues; i++) zeros.add(Number.MAX_VALUE);
  expect([zeros.quantile(0.5), zeros.quantile(0.75)]).toEqual([0, 0]);
  expect(zeros.quantile(1)).toBeGreaterThan(1e15);
});

test("the policy's learner reports first, and where learners compete all of them follow", () => {
  const predictor = trained(
    new Predictor(),
    "best",
    "f",
    Array.from({ length: 30 }, (_, i) => (1 + (i % 3)) * minute),
    10 * minute,
  );
  const report = predictor.report(policy("best"));
  expect(report.map(({ learner, isInUse, jobs }) => [learner, isInUse, jobs])).toEqual([
    ["best", true, 30],
    ["limit", false, 30],
    ["mean-of-two", false, 30],
    ["max-of-three", false, 30],
    ["quantile", false, 30],
    ["regression", false, 30],
  ]);
  expect(report.filter(({ contest }) => contest?.isLeader)).toHaveLength(1);
  expect(report[1]).toMatchObject({ meanAbsoluteMs: 8 * minute, biasMs: 8 * minute, underestimated: 0 });
  expect(predictor.report(policy("limit")).map(({ learner }) => learner)).toEqual(["limit"]);
});

test("so many runs of a key are remembered, and of too many keys those that were not seen for longest are forgotten", () => {
  const histories = new Histories();
  for (let i = 0; i < rememberedRuns + 5; i++) histories.add("a", i);
  expect(histories.of("a")).toEqual(Array.from({ length: rememberedRuns }, (_, i) => rememberedRuns + 4 - i));
  histories.add("b", 1);
  for (let i = 0; i < rememberedKeys - 2; i++) histories.add(`key-${i}`, 1);
  histories.add("a", 77);
  histories.add("new", 1);
  expect([histories.of("a")[0], histories.of("b"), histories.of("new")]).toEqual([77, [], [1]]);
});
