// The node's side: carries orders out with its executors and reports how they go on.
//
// | an attempt is | since                    | until                                   |
// |---------------|--------------------------|-----------------------------------------|
// | running       | its start order          | its executor has reported the end       |
// | ended         | then                     | the server has settled it               |
//
// An end is kept and reported again after each new connection until it is settled, so none gets lost. An attempt is started
// once: a repeated order for one that is known does nothing. Reports of one turn of the event loop go out together.
import { StringDecoder } from "node:string_decoder";
import { assert, type Instant } from "@baton/core";
import type { JobEnd, JobExecutor, JobTask, JobWork, RunningTask } from "./port.ts";
import type { AttemptRef, NodeLoad, Order, Report } from "./protocol.ts";

interface Attempt {
  readonly task: JobTask;
  running: RunningTask | null;
  startedAt: Instant;
  ended: Extract<Report, { readonly type: "ended" }> | null;
}

/** What an agent works with. */
export interface AgentParts {
  readonly executors: readonly JobExecutor[];
  readonly now: () => Instant;
}

/** The agent of one node. */
export class NodeAgent {
  readonly #executors = new Map<JobWork["kind"], JobExecutor>();
  readonly #now: () => Instant;
  readonly #attempts = new Map<string, Attempt>();
  #reports: Report[] = [];
  #scheduled = false;
  #send: ((reports: readonly Report[]) => void) | null = null;

  constructor({ executors, now }: AgentParts) {
    this.#now = now;
    for (const executor of executors) for (const kind of executor.kinds) this.#executors.set(kind, executor);
  }

  /** What it holds: under way, or ended and not settled. */
  get holds(): readonly AttemptRef[] {
    return [...this.#attempts.values()].map(({ task: { job, token } }) => ({ job, token }));
  }

  /** What it has under way. */
  get load(): NodeLoad {
    const running = [...this.#attempts.values()].filter(({ ended }) => ended === null);
    const sum = (resource: string): number => running.reduce((total, { task }) => total + (task.limits[resource] ?? 0), 0);
    return { cpuMillis: sum("cpu"), memoryBytes: sum("memory"), running: running.length };
  }

  /** A server is there: all ends that are not settled are reported to it. */
  connect(send: (reports: readonly Report[]) => void): void {
    this.#send = send;
    this.#reports = [];
    for (const { ended, running, task, startedAt } of this.#attempts.values()) {
      if (ended !== null) this.#report(ended);
      else if (running !== null) this.#report({ type: "started", job: task.job, token: task.token, at: startedAt });
    }
  }

  /** Nobody is there; what is under way goes on. */
  disconnect(): void {
    this.#send = null;
    this.#reports = [];
  }

  /** Carries orders out, in their order. */
  take(orders: readonly Order[]): void {
    for (const order of orders) this.#carryOut(order);
  }

  /** Ends what a former life of this node has left running. */
  async clearLeftovers(): Promise<void> {
    await Promise.all([...new Set(this.#executors.values())].map((executor) => executor.clearLeftovers()));
  }

  /** Stops everything, and reports nothing more. */
  async close(): Promise<void> {
    this.disconnect();
    await Promise.all([...new Set(this.#executors.values())].map((executor) => executor.close()));
  }

  #carryOut(order: Order): void {
    if (order.type === "start") return this.#start(order.task);
    const attempt = this.#attempts.get(keyOf(order));
    switch (order.type) {
      case "stop":
        return attempt?.running?.stop(order.how);
      case "suspend":
        if (attempt?.running?.freeze() === true) this.#report({ type: "suspended", job: order.job, token: order.token });
        return;
      case "resume":
        return attempt?.running?.thaw();
      case "settled":
        if (attempt?.ended) this.#attempts.delete(keyOf(order));
        return;
    }
  }

  #start(task: JobTask): void {
    const key = keyOf(task);
    if (this.#attempts.has(key)) return;
    const executor = this.#executors.get(task.work.kind);
    assert(executor !== undefined, `Expected an executor for ${task.work.kind}, but this node has none.`);
    const { job, token } = task;
    const attempt: Attempt = { task, running: null, startedAt: this.#now(), ended: null };
    this.#attempts.set(key, attempt);
    const decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
    attempt.running = executor.start(task, {
      started: (at) => {
        attempt.startedAt = at;
        this.#report({ type: "started", job, token, at });
      },
      output: (stream, chunk) => {
        const text = decoders[stream].write(chunk);
        if (text !== "") this.#report({ type: "output", job, token, stream, text, at: this.#now() });
      },
      ended: (end) => this.#end(attempt, end),
    });
  }

  #end(attempt: Attempt, end: JobEnd): void {
    const { job, token } = attempt.task;
    attempt.ended = { type: "ended", job, token, end, startedAt: attempt.startedAt, endedAt: this.#now() };
    this.#report(attempt.ended);
  }

  #report(report: Report): void {
    if (this.#send === null) return;
    this.#reports.push(report);
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      if (this.#reports.length === 0) return;
      const reports = this.#reports;
      this.#reports = [];
      this.#send?.(reports);
    });
  }
}

function keyOf({ job, token }: AttemptRef): string {
  return `${job} ${token}`;
}
