// How fast the scheduler decides, on one core, without any simulator around it: a cluster that is full, with a backlog, whose
// jobs end and are followed by others. Every event goes through `step`, and every job that waits gets its reason.
//
// A decision is the answer to one event: a job that comes is placed, or told why it waits; what an end frees is given to those who
// wait. Starts are counted besides. In the order of arrival within a queue, fair between queues, best fit; nothing overtakes.
//
// The load: nodes of five sizes in three zones, a tenth of them with GPUs behind a taint, half of them with an SSD; sixteen
// queues of eight tenants with weights and limits; jobs of sixty shapes, of which a fifth asks for an SSD, a tenth for a zone and a
// tenth for a GPU. So many are submitted that a thousand always wait.
import { seededRandom, type Random } from "@baton/core";
import {
  createScheduler,
  plainPolicy,
  explain,
  step,
  type Amounts,
  type Constraints,
  type JobSpec,
  type NodeSpec,
  type Policy,
  type QueueSpec,
  type SchedulerEvent,
  type SchedulerState,
} from "@baton/scheduler";
import { collectGarbage, cpuSecondsOf, memoryUsed, percentile, verdict } from "./measure.ts";

const gibibyte = 1024 ** 3;
const policy: Policy = { ...plainPolicy, fairness: { name: "drf" } };

/** Runs all measurements and prints a line for each. */
export function benchScheduler(): void {
  for (const [nodes, rate] of [
    [1_000, 200_000],
    [5_000, 100_000],
    [10_000, 80_000],
  ] as const)
    churn(`${nodes} nodes`, { nodes, kind: "plain", backlog: 1_000 }, rate);
  churn("5000 nodes, affinity and spread", { nodes: 5_000, kind: "related", backlog: 1_000 }, 20_000);
  measureExplain();
}

interface Load {
  readonly nodes: number;
  readonly kind: "plain" | "related";
  readonly backlog: number;
}

const decisionsMeasured = 200_000;
/** So many ends, and submissions after them, come before what is measured. */
const warmUpTurns = 50_000;

function churn(what: string, load: Load, wanted: number): void {
  const before = memoryUsed();
  const cluster = new Cluster(load);
  cluster.fill();
  cluster.turn(warmUpTurns);
  const bytes = memoryUsed() - before;
  const { starts, reasons } = cluster;
  cluster.latencies = new Float64Array(decisionsMeasured);
  cluster.prepare(decisionsMeasured);
  collectGarbage();
  const seconds = cpuSecondsOf(() => cluster.turnUntilMeasured());
  const rate = Math.round(decisionsMeasured / seconds);
  const p99 = percentile(cluster.latencies, 0.99);
  console.log(
    `scheduler: ${what}: ${rate} decisions/s ${verdict(rate, { atLeast: wanted })}, of which ${Math.round((cluster.starts - starts) / seconds)} starts/s; ` +
      `p50 ${percentile(cluster.latencies, 0.5).toFixed(1)} µs, p99 ${p99.toFixed(0)} µs ${verdict(p99, { atMost: 1000 })}; ` +
      `${cluster.running} running, ${cluster.waiting} waiting, ${cluster.reasons - reasons} reasons; ` +
      `state ${Math.round(bytes / 1e6)} MB ${verdict(Math.round(bytes / 1e6), { atMost: 200 })}`,
  );
}

function measureExplain(): void {
  const cluster = new Cluster({ nodes: 5_000, kind: "plain", backlog: 10_000 });
  cluster.fill();
  const times: number[] = [];
  for (const id of cluster.pendingIds(2_000)) {
    const started = performance.now();
    explain(cluster.state, id);
    times.push(performance.now() - started);
  }
  const p99 = percentile(times, 0.99);
  console.log(
    `scheduler: explain, 5000 nodes, 10000 waiting: p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms ${verdict(p99, { atMost: 5 })}`,
  );
}

/** A cluster in use. */
class Cluster {
  readonly state: SchedulerState = createScheduler(policy);
  starts = 0;
  steps = 0;
  reasons = 0;
  /** Where the time of each event goes, in microseconds. */
  latencies: Float64Array | undefined;
  readonly #random: Random = seededRandom(1);
  readonly #running: string[] = [];
  #waiting = 0;
  readonly #load: Load;
  readonly #stock: JobSpec[] = [];
  #now = 0;
  #made = 0;

  constructor(load: Load) {
    this.#load = load;
    this.#send({ type: "queues-changed", queues: queues(load.nodes) });
    for (let i = 0; i < load.nodes; i++) this.#send({ type: "node-up", node: node(i) });
  }

  get running(): number {
    return this.#running.length;
  }

  get waiting(): number {
    return this.#waiting;
  }

  /** Submits until the backlog is as long as it is to be. */
  fill(): void {
    while (this.#waiting < this.#load.backlog) this.#submit();
    this.steps = 0;
    this.reasons = 0;
  }

  /** So many jobs end, each followed by as many new ones as keep the backlog. */
  turn(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#now += 1 + Math.floor(this.#random() * 20);
      this.#end();
      while (this.#waiting < this.#load.backlog) this.#submit();
    }
  }

  /** Until as many events have been answered as `latencies` has places. */
  turnUntilMeasured(): void {
    while (this.steps < (this.latencies?.length ?? 0)) this.turn(1);
  }

  /** Some of the jobs that wait. */
  pendingIds(count: number): string[] {
    const running = new Set(this.#running);
    const all = Array.from({ length: this.#made }, (_, i) => idOf(i)).filter((id) => !running.has(id));
    return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as string);
  }

  /** Makes so many jobs in advance, so that making them is not measured. */
  prepare(count: number): void {
    while (this.#stock.length < count) this.#stock.push(this.#make());
    this.#stock.reverse();
  }

  #make(): JobSpec {
    return this.#load.kind === "plain" ? plainJob(this.#random, this.#made++) : relatedJob(this.#random, this.#made++);
  }

  #submit(): void {
    const job = this.#stock.pop() ?? this.#make();
    this.#waiting++;
    this.#send({ type: "jobs-submitted", jobs: [job] });
  }

  #end(): void {
    const index = Math.floor(this.#random() * this.#running.length);
    const jobId = this.#running[index] as string;
    const last = this.#running.pop() as string;
    if (last !== jobId) this.#running[index] = last;
    this.#send({ type: "job-ended", jobId, outcome: "completed" });
  }

  #send(event: SchedulerEvent): void {
    const { latencies } = this;
    const started = latencies === undefined ? 0 : performance.now();
    const { decisions, trace } = step(this.state, event, this.#now);
    if (latencies !== undefined && this.steps < latencies.length) latencies[this.steps++] = (performance.now() - started) * 1000;
    this.reasons += trace.length;
    for (const decision of decisions) {
      if (decision.type !== "start") throw new Error(`Expected starts only, but got ${JSON.stringify(decision)}`);
      this.starts++;
      this.#waiting--;
      this.#running.push(decision.jobId);
    }
  }
}

const sizes = [16, 32, 32, 64, 96] as const;

function node(i: number): NodeSpec {
  const cores = sizes[i % sizes.length] as number;
  const hasGpu = i % 10 === 0;
  const capacity = { cpu: cores * 1000, memory: cores * 4 * gibibyte, disk: 500 * gibibyte, ...(hasGpu && { gpu: 8 }) };
  return {
    id: `node-${i}`,
    capacity,
    labels: { disk: i % 2 === 0 ? "ssd" : "hdd" },
    pool: hasGpu ? "gpu" : "general",
    zone: `zone-${i % 3}`,
    ...(hasGpu && { taints: [{ key: "gpu", effect: "no-schedule" as const }] }),
  };
}

/** Eight tenants with two queues each; a tenant may have at most half of the processors. */
function queues(nodes: number): QueueSpec[] {
  return Array.from({ length: 8 }, (_, t) => [
    { id: `tenant-${t}`, weight: 1 + (t % 4), limit: { cpu: nodes * 24_000 } },
    { id: `tenant-${t}-batch`, parent: `tenant-${t}` },
    { id: `tenant-${t}-web`, parent: `tenant-${t}`, weight: 2 },
  ]).flat();
}

const cpus = [250, 500, 1000, 2000, 4000, 8000] as const;

function pick<T>(random: Random, list: readonly T[]): T {
  return list[Math.floor(random() * list.length)] as T;
}

function plainJob(random: Random, i: number): JobSpec {
  const cpu = pick(random, cpus);
  const kind = random();
  const requests: Amounts = { cpu, memory: (cpu / 1000) * pick(random, [2, 4]) * gibibyte, ...(kind < 0.1 && { gpu: 1 }) };
  return { ...base(random, i), requests, ...constraintsOf(random, kind) };
}

function idOf(i: number): string {
  return `job-${i}`;
}

function base(random: Random, i: number): Pick<JobSpec, "id" | "queue" | "limitMs" | "expectedMs" | "predictionKey"> {
  const queue = `tenant-${Math.floor(random() * 8)}-${random() < 0.5 ? "batch" : "web"}`;
  return { id: idOf(i), queue, limitMs: 600_000, expectedMs: 60_000, predictionKey: `f${i % 200}` };
}

function constraintsOf(random: Random, kind: number): { constraints?: Constraints } {
  if (kind < 0.1) return { constraints: { pools: ["gpu"], tolerations: [{ key: "gpu" }] } };
  if (kind < 0.3) return { constraints: { labels: [{ key: "disk", operator: "in", values: ["ssd"] }] } };
  if (kind < 0.4) return { constraints: { zones: [`zone-${Math.floor(random() * 3)}`] } };
  return {};
}

const apps = 50;

/** Jobs of fifty applications, each spread over the zones, and no two of a small one on the same node. */
function relatedJob(random: Random, i: number): JobSpec {
  const app = Math.floor(random() * apps);
  const labels = { app: `app-${app}` };
  const constraints: Constraints =
    app % 2 === 0 ? { spread: [{ labels, domain: "zone", maxSkew: 5 }] } : { apart: [{ labels, domain: "node" }] };
  const cpu = app % 2 === 0 ? pick(random, cpus) : 4000;
  return { ...base(random, i), requests: { cpu, memory: (cpu / 1000) * 2 * gibibyte }, labels, constraints };
}
