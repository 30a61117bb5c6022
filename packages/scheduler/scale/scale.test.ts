// The documented examples of Kubernetes' HorizontalPodAutoscaler (kubernetes.io, "Horizontal Pod Autoscaling" and its walkthrough), and the windows.
import { expect, test } from "vitest";
import { decideScale, type HoldReason, type Reading, type Recommendation, type ScaleRule } from "../index.ts";

const rule: ScaleRule = { min: 1, max: 100, tolerance: 0.1, upWindowMs: 0, downWindowMs: 300_000 };
const cpu = (value: number | null, target: number): Reading => ({ name: "cpu", kind: "average", value, target });
const total = (value: number, target: number): Reading => ({ name: "pending", kind: "total", value, target });
const desired = (
  current: number,
  readings: readonly Reading[],
  more: Partial<ScaleRule> = {},
  history: readonly Recommendation[] = [],
): number => decideScale({ ...rule, downWindowMs: 0, ...more }, { current, readings, history }, 0).desired;

test.each([
  ["200m for a desired 100m doubles", 3, cpu(200, 100), 6],
  ["50m halves", 4, cpu(50, 100), 2],
  ["1 replica at 305 % of a desired 50 % becomes 7", 1, cpu(305, 50), 7],
  ["7 replicas at 61 %, a ratio of 1.22, become 9", 7, cpu(61, 50), 9],
  ["within the tolerance of 0.1 nothing changes", 10, cpu(109, 100), 10],
  ["at its edge neither", 10, cpu(110, 100), 10],
  ["just beyond it does", 10, cpu(111, 100), 12],
])("%s", (_, current, reading, wanted) => {
  expect(desired(current, [reading])).toBe(wanted);
});

test("the largest wish counts; what is not known lets things grow, and not shrink", () => {
  expect(desired(4, [cpu(50, 100), total(60, 10)])).toBe(6);
  expect(desired(4, [cpu(50, 100), cpu(null, 100)])).toBe(4);
  expect(desired(4, [cpu(200, 100), cpu(null, 100)])).toBe(8);
});

test("from none, a total says how many; an average says nothing", () => {
  expect(desired(0, [total(25, 10)], { min: 0 })).toBe(3);
  expect(desired(0, [cpu(900, 50)], { min: 0 })).toBe(0);
  expect(desired(3, [total(0, 10)], { min: 0, downWindowMs: 0 })).toBe(0);
});

test("bounds hold, whatever is measured", () => {
  expect(desired(4, [cpu(1000, 10)], { max: 6 })).toBe(6);
  expect(desired(4, [cpu(0, 10)], { min: 2 })).toBe(2);
  expect(desired(9, [cpu(10, 10)], { max: 6 })).toBe(6);
});

test("down goes as far as was enough all the time within the window", () => {
  const measured = [8, 3, 5, 4];
  let [current, history]: [number, readonly Recommendation[]] = [8, []];
  const course = measured.map((each, minute) => {
    const made = decideScale(rule, { current, readings: [total(each, 1)], history }, minute * 60_000);
    [current, history] = [made.desired, made.history];
    return current;
  });
  expect(course).toEqual([8, 8, 8, 8]);
  expect(decideScale(rule, { current, readings: [total(4, 1)], history }, 301_000).desired).toBe(5);
});

test("up waits for its window, where it has one", () => {
  const slow = { ...rule, upWindowMs: 60_000 };
  const first = decideScale(slow, { current: 2, readings: [total(2, 1)], history: [] }, 0);
  const peak = decideScale(slow, { current: 2, readings: [total(9, 1)], history: first.history }, 30_000);
  expect([peak.desired, peak.why]).toEqual([2, "stays at 2: pending is 9 for a target of 1, which wants 9; it waits whether 9 lasts"]);
  expect(decideScale(slow, { current: 2, readings: [total(7, 1)], history: peak.history }, 61_000).desired).toBe(7);
});

test("a decision says why", () => {
  const why = (current: number, reading: Reading): string => decideScale(rule, { current, readings: [reading], history: [] }, 0).why;
  expect(why(4, cpu(0.9, 0.6))).toBe("goes from 4 to 6: cpu is 0.9 for a target of 0.6, which wants 6");
  expect(why(4, cpu(90, 0.6))).toBe("goes from 4 to 100: cpu is 90 for a target of 0.6, which wants 600; 100 is the most");
  expect(why(1, cpu(0, 0.6))).toBe("stays at 1: cpu is 0 for a target of 0.6, which wants 0; 1 is the least");
});

test.each<[string, number, readonly Reading[], Partial<ScaleRule>, readonly Recommendation[], number | null, HoldReason | null]>([
  ["what is wanted is done", 3, [cpu(200, 100)], {}, [], 6, null],
  ["close enough to the target", 10, [cpu(105, 100)], {}, [], 10, "tolerance"],
  ["more was wanted a minute ago", 6, [cpu(50, 100)], { downWindowMs: 300_000 }, [{ at: -60_000, wanted: 6 }], 3, "stabilisation"],
  ["more than the most", 4, [cpu(300, 100)], { max: 6 }, [], 12, "max"],
  ["less than the least", 4, [cpu(10, 100)], { min: 2 }, [], 1, "min"],
  ["one says less, another is not known", 4, [cpu(50, 100), cpu(null, 100)], {}, [], 2, "unknown"],
  ["nothing is known", 4, [cpu(null, 100)], {}, [], null, "unknown"],
])("a decision names what holds it: %s", (_, current, readings, more, history, wanted, held) => {
  expect(decideScale({ ...rule, downWindowMs: 0, ...more }, { current, readings, history }, 0)).toMatchObject({ wanted, held });
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
  "a measurement of %d is not known, and nothing follows from it",
  (value) => {
    const decided = decideScale(rule, { current: 4, readings: [cpu(value, 100)], history: [] }, 0);
    expect(decided).toMatchObject({ desired: 4, wanted: null, held: "unknown" });
    expect(decided.why).toBe("stays at 4: cpu is not known, so nothing is scaled down");
    expect(desired(4, [cpu(value, 100), cpu(200, 100)])).toBe(8);
  },
);
