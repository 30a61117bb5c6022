// A scheduler without any cleverness, as the truth for small worlds: it knows one queue and nodes that are all allowed, looks
// at everything anew after every event, and follows the definitions to the letter. It shares no code with the real one.
import type { Instant } from "@baton/core";
import type { BackfillPolicy } from "../policy.ts";
import type { Amounts, JobSpec, NodeSpec } from "../types.ts";

interface Waiting {
  readonly spec: JobSpec;
  readonly submitAt: Instant;
}

interface Running {
  readonly spec: JobSpec;
  readonly nodeId: string;
  readonly endsAt: Instant;
}

/** A start that the oracle wants. */
export interface OracleStart {
  readonly jobId: string;
  readonly nodeId: string;
}

/** Orders two waiting jobs at an instant. */
export type Comparison = (a: Waiting, b: Waiting, now: Instant) => number;

/** The definitions, applied one by one. Estimates are the promised limits, and are never exceeded. */
export class Oracle {
  readonly #nodes: readonly NodeSpec[];
  readonly #compare: Comparison;
  readonly #backfill: BackfillPolicy;
  #waiting: Waiting[] = [];
  #running: Running[] = [];

  constructor(nodes: readonly NodeSpec[], compare: Comparison, backfill: BackfillPolicy) {
    this.#nodes = nodes;
    this.#compare = compare;
    this.#backfill = backfill;
  }

  submit(spec: JobSpec, now: Instant): OracleStart[] {
    this.#waiting.push({ spec, submitAt: now });
    return this.#pass(now);
  }

  end(jobId: string, now: Instant): OracleStart[] {
    this.#running = this.#running.filter(({ spec }) => spec.id !== jobId);
    return this.#pass(now);
  }

  #pass(now: Instant): OracleStart[] {
    const starts: OracleStart[] = [];
    const queue = [...this.#waiting].sort((a, b) => this.#compare(a, b, now));
    while (queue[0] !== undefined) {
      const nodeId = this.#bestFit(queue[0].spec, now, () => true);
      if (nodeId === undefined) break;
      starts.push(this.#start(queue.shift() as Waiting, nodeId, now));
    }
    const head = queue.shift();
    if (head === undefined || this.#backfill.name !== "easy") return starts;
    const reserved = this.#reservation(head.spec, now);
    if (this.#backfill.by === "shortest") queue.sort((a, b) => (a.spec.limitMs ?? 0) - (b.spec.limitMs ?? 0));
    for (const candidate of queue) {
      const nodeId = this.#bestFit(candidate.spec, now, (node) => !this.#delays(candidate.spec, node, head.spec, reserved, now));
      if (nodeId !== undefined) starts.push(this.#start(candidate, nodeId, now));
    }
    return starts;
  }

  #start(job: Waiting, nodeId: string, now: Instant): OracleStart {
    this.#waiting = this.#waiting.filter((other) => other !== job);
    this.#running.push({ spec: job.spec, nodeId, endsAt: now + (job.spec.limitMs ?? Infinity) });
    return { jobId: job.spec.id, nodeId };
  }

  /** What a node has free at an instant if all that runs ends as promised; of now, what is really free. */
  #freeAt(node: NodeSpec, at: Instant, now: Instant): Map<string, number> {
    const free = new Map(Object.entries(node.capacity));
    for (const { spec, nodeId, endsAt } of this.#running) {
      if (nodeId !== node.id || (at > now && endsAt <= at)) continue;
      for (const [name, amount] of Object.entries(spec.requests)) free.set(name, (free.get(name) ?? 0) - amount);
    }
    return free;
  }

  #bestFit(spec: JobSpec, now: Instant, isAllowed: (node: NodeSpec) => boolean): string | undefined {
    let best: NodeSpec | undefined;
    let bestLeft = Infinity;
    for (const node of this.#nodes) {
      const free = this.#freeAt(node, now, now);
      if (!fitsIn(spec.requests, free) || !isAllowed(node)) continue;
      const shares = Object.entries(node.capacity).map(([name, whole]) => ((free.get(name) ?? 0) - (spec.requests[name] ?? 0)) / whole);
      const left = shares.reduce((a, b) => a + b, 0) / shares.length;
      if (left < bestLeft) [best, bestLeft] = [node, left];
    }
    return best?.id;
  }

  #reservation(head: JobSpec, now: Instant): { readonly node: NodeSpec; readonly at: Instant } | undefined {
    let best: { node: NodeSpec; at: Instant } | undefined;
    for (const node of this.#nodes) {
      const ends = this.#running.filter(({ nodeId }) => nodeId === node.id).map(({ endsAt }) => Math.max(endsAt, now + 1));
      const at = ends.sort((a, b) => a - b).find((end) => fitsIn(head.requests, this.#freeAt(node, end, now)));
      if (at !== undefined && (best === undefined || at < best.at)) best = { node, at };
    }
    return best;
  }

  #delays(
    spec: JobSpec,
    node: NodeSpec,
    head: JobSpec,
    reserved: { readonly node: NodeSpec; readonly at: Instant } | undefined,
    now: Instant,
  ): boolean {
    if (reserved === undefined || node.id !== reserved.node.id || now + (spec.limitMs ?? Infinity) <= reserved.at) return false;
    const free = this.#freeAt(node, reserved.at, now);
    for (const [name, amount] of Object.entries(spec.requests)) free.set(name, (free.get(name) ?? 0) - amount);
    return !fitsIn(head.requests, free);
  }
}

function fitsIn(requests: Amounts, free: ReadonlyMap<string, number>): boolean {
  return Object.entries(requests).every(([name, amount]) => amount === 0 || amount <= (free.get(name) ?? 0));
}
