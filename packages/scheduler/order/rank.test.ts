import { array, assert, integer, property, tuple } from "fast-check";
import { expect, test } from "vitest";
import { plainPolicy } from "../policies.ts";
import { createScheduler, step, worldOf } from "../step.ts";
import type { JobSpec } from "../types.ts";

/** How long each job is, and which of those before it it waits for. */
type Graph = readonly { readonly ms: number; readonly after: readonly number[] }[];

/** The ranks after the graph was submitted in parts of so many jobs; nothing runs, for there is no node. */
function ranksOf(graph: Graph, part = graph.length): readonly number[] {
  const state = createScheduler(plainPolicy, { keepImpossible: true });
  const specs = graph.map(({ ms, after }, i): JobSpec => {
    return {
      id: `j${i}`,
      requests: { cpu: 1 },
      limitMs: 1e12,
      expectedMs: ms,
      ...(after.length > 0 && { after: after.map((k) => `j${k}`) }),
    };
  });
  for (let i = 0; i < specs.length; i += part) step(state, { type: "jobs-submitted", jobs: specs.slice(i, i + part) }, 0);
  return specs.map(({ id }) => worldOf(state).jobs.get(id)?.rankMs ?? -1);
}

/** By definition: the job, and the longest of what waits for it. */
function longestPaths(graph: Graph): readonly number[] {
  const ranks = graph.map(({ ms }) => ms);
  for (let i = graph.length - 1; i >= 0; i--)
    for (const before of graph[i]?.after ?? []) ranks[before] = Math.max(ranks[before] ?? 0, (graph[before]?.ms ?? 0) + (ranks[i] ?? 0));
  return ranks;
}

test("a rank is the longest path to the end, however the graph comes", () => {
  const job = tuple(integer({ min: 1, max: 50 }), array(integer({ min: 1, max: 6 }), { maxLength: 4 }));
  assert(
    property(array(job, { maxLength: 25 }), integer({ min: 1, max: 9 }), (jobs, part) => {
      const graph = jobs.map(([ms, back], i) => ({ ms, after: [...new Set(back.map((steps) => i - steps).filter((k) => k >= 0))] }));
      expect(ranksOf(graph, part)).toEqual(longestPaths(graph));
    }),
    { numRuns: 100 },
  );
});

test("a graph with more paths than can be walked is ranked all the same", () => {
  const graph = Array.from({ length: 1_000 }, (_, i) => ({
    ms: i + 1,
    after: Array.from({ length: Math.min(i, 30) }, (_, k) => i - 1 - k),
  }));
  expect(ranksOf(graph)).toEqual(longestPaths(graph));
  expect(ranksOf(graph, 300)).toEqual(longestPaths(graph));
});
