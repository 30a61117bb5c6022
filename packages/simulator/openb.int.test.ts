// A production cluster: 1,213 GPU nodes of many kinds and 8,152 pods, some of which take a part of a GPU or insist on its
// model. Whatever the placement, nobody gets a node that is full, or one of the wrong model.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import type { JobSpec, NodeSpec } from "@baton/scheduler";
import { expect, test } from "vitest";
import type { Course } from "./drive/course.ts";
import type { History } from "./history/history.ts";
import { parsePolicy } from "./policies.ts";
import { makeScenario, type Scenario } from "./scenario.ts";
import { simulate } from "./simulate.ts";

const folder = fileURLToPath(new URL("../../../shared/data/openb/", import.meta.url));

function rows(name: string): string[][] {
  const [, ...lines] = gunzipSync(readFileSync(`${folder}${name}.csv.gz`))
    .toString()
    .trim()
    .split("\n");
  return lines.map((line) => line.trim().split(","));
}

const mebibyte = 2 ** 20;

/** GPUs are counted in thousandths, so that pods may share one. */
function readNodes(): NodeSpec[] {
  return rows("openb_node_list_gpu_node").map(([id = "", cpu, memory, gpu, model = ""]) => ({
    id,
    capacity: { cpu: Number(cpu), memory: Number(memory) * mebibyte, gpu: Number(gpu) * 1000 },
    labels: { model },
  }));
}

function readPods(): History["records"] {
  return rows("openb_pod_list_default").flatMap(([id = "", cpu, memory, gpus, milli, models = "", , , created, deleted]) => {
    const job: JobSpec = {
      id,
      requests: { cpu: Number(cpu), memory: Number(memory) * mebibyte, ...(Number(gpus) > 0 ? { gpu: Number(gpus) * Number(milli) } : {}) },
      ...(models === "" ? {} : { constraints: { labels: [{ key: "model", operator: "in", values: models.split("|") }] } }),
    };
    const [submittedAt, endedAt] = [Number(created) * 1000, Number(deleted) * 1000];
    return endedAt > submittedAt ? [{ job, submittedAt, endedAt, runMs: endedAt - submittedAt, outcome: "completed" as const }] : [];
  });
}

function scenario(): Scenario {
  const history: History = { cluster: { nodes: readNodes(), queues: [] }, records: readPods(), leftOut: [], skipped: [], skippedCount: 0 };
  const made = makeScenario({ kind: "history", history, name: "openb" }, {});
  if (!made.ok) throw new Error(made.error[0]?.message);
  return made.value;
}

/** The most that was in use at once of each resource of each node, over its capacity; from the course alone. */
function highestUse({ workload, cluster }: Scenario, course: Course): number {
  const used = cluster.nodes.map(() => workload.resources.map(() => 0));
  const changes = Array.from({ length: workload.count }, (_, job) => job)
    .filter((job) => (course.node[job] as number) >= 0)
    .flatMap((job) => [
      { at: course.start[job] as number, job, sign: 1 },
      { at: course.end[job] as number, job, sign: -1 },
    ])
    .sort((a, b) => a.at - b.at || a.sign - b.sign);
  let highest = 0;
  for (const { job, sign } of changes) {
    const node = course.node[job] as number;
    workload.resources.forEach(({ name, amount }, r) => {
      const own = used[node] as number[];
      const now = (own[r] as number) + sign * (amount[job] as number);
      own[r] = now;
      if (now > 0) highest = Math.max(highest, now / (cluster.nodes[node]?.capacity[name] ?? 0));
    });
  }
  return highest;
}

test.skipIf(!existsSync(folder)).each(["best-fit", "worst-fit", "bin-pack", "least-connections", "power-of-two"])(
  "%s never gives more than there is, nor a wrong model (needs ../shared/data/openb)",
  (placement) => {
    const world = scenario();
    const policy = parsePolicy(`fcfs+easy+${placement}`);
    if (!policy.ok) throw new Error(policy.error);
    const course = simulate(world, policy.value);
    expect(course.refused).toEqual([]);
    expect(course.end.every((end) => !Number.isNaN(end))).toBe(true);
    const highest = highestUse(world, course);
    expect(highest).toBeGreaterThan(0.5);
    expect(highest).toBeLessThanOrEqual(1);
    const wrong = world.workload.specs?.filter(({ constraints }, job) => {
      const model = world.cluster.nodes[course.node[job] as number]?.labels?.["model"] ?? "";
      return constraints?.labels?.some((term) => term.operator === "in" && !term.values.includes(model));
    });
    expect(wrong).toEqual([]);
  },
);
