import { defaultPolicy, easyPolicy, learnerNames, orderNames, placementNames, plainPolicy } from "@baton/scheduler";
import { expect, test } from "vitest";
import { parsePolicy, policyWords, type NamedPolicy } from "./policies.ts";

function policy(name: string): NamedPolicy {
  const parsed = parsePolicy(name);
  if (!parsed.ok) throw new Error(parsed.error);
  return parsed.value;
}

test("published names and combinations of words mean the same policies", () => {
  expect(policy("fcfs")).toEqual({ name: "fcfs", policy: plainPolicy, clairvoyant: false, planned: false });
  expect(policy("easy").policy).toEqual(easyPolicy);
  expect(policy("fcfs+easy").policy).toEqual(easyPolicy);
  expect(policy("default").policy).toBe(defaultPolicy);
  expect(policy("worst-fit+default").policy).toEqual({ ...defaultPolicy, placement: { name: "worst-fit" } });
  expect(policy("easy-clairvoyant")).toMatchObject({ policy: easyPolicy, clairvoyant: true });
  expect(policy("sjbf-avg2-tsafrir").policy).toEqual(policy("fcfs+sjbf+mean-of-two+steps").policy);
});

test("words change one part each, and may carry a parameter", () => {
  expect(policy("rr:100ms").policy.order).toEqual({ name: "rr", sliceMs: 100 });
  expect(policy("priority:2.5").policy.order).toEqual({ name: "priority", pointsPerHour: 2.5 });
  expect(policy("expansion:2d+sjbf+max-of-three+p90").policy).toMatchObject({
    order: { name: "expansion", capMs: 172_800_000 },
    backfill: { name: "easy", by: "shortest" },
    prediction: { learner: "max-of-three", reserve: "p90" },
  });
  expect(policy("wfp3+conservative+drf:7d+worst-fit+reclaim").policy).toMatchObject({
    order: { name: "wfp3" },
    backfill: { name: "conservative" },
    fairness: { name: "drf", halfLifeMs: 604_800_000 },
    placement: { name: "worst-fit" },
    preemption: { reclaim: true },
  });
  expect(policy("balanced+sjbf+best+promised+drf+overdue+reclaim").policy).toEqual(defaultPolicy);
  expect(policy("weighted-fair+overdue:2h").policy.fairness).toEqual({ name: "weighted-fair", capMs: 7_200_000 });
  expect(policy("priority:2+preempt:20").policy.preemption).toMatchObject({ priorityGap: 20 });
  expect(policy("overdue:2h+drf:7d").policy.fairness).toEqual({ name: "drf", halfLifeMs: 604_800_000, capMs: 7_200_000 });
  for (const word of policyWords) expect(parsePolicy(word === "overdue" ? "drf+overdue" : word).ok).toBe(true);
  expect(new Set(policyWords).size).toBe(policyWords.length);
});

test("everything that the scheduler knows by name has a word", () => {
  for (const name of orderNames) expect(policy(name).policy.order.name).toBe(name);
  for (const name of placementNames) expect(policy(name).policy.placement.name).toBe(name);
  for (const name of learnerNames) expect(policy(name).policy.prediction.learner).toBe(name);
});

test.each([
  ["esay", 'There is no policy "esay". Did you mean "easy"?'],
  ["fcfs+conservativ", 'There is no policy "conservativ". Did you mean "conservative"?'],
  ["zzzzzz", 'There is no policy "zzzzzz". There are '],
  ["fcfs:3", 'The policy "fcfs" takes no parameter.'],
  ["rr:fast", '"fast" is not a parameter of "rr". Write how long a turn lasts: rr:100ms, rr:2s.'],
  ["easy+overdue:2h", "has no shares: add drf or weighted-fair."],
  ["fcfs+easy+sjf", 'The policy "fcfs+easy+sjf" names 2 orders: fcfs and sjf.'],
  ["rr:1s+priority:2", "names 2 orders: rr:1s and priority:2."],
  ["easy+conservative", "names 2 kinds of backfill: easy and conservative."],
  ["", "A policy has no name"],
  ["preempt:0", '"0" is not a parameter of "preempt".'],
  ["priority:-1", '"-1" is not a parameter of "priority".'],
])("%s is refused: %s", (name, message) => {
  const parsed = parsePolicy(name);
  expect(!parsed.ok && parsed.error).toContain(message);
});
