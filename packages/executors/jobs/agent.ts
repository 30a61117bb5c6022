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
import type { JobExecutor, JobTask, JobWork, RunningTask, TaskListener } from "./port.ts";
import type { AttemptRef, NodeLoad, Order, Report } from "./protocol.ts";

interface Attempt {
  readonly ref: AttemptRef;
  readonly limits: JobTask["limits"];
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
    return [...this.#attempts.values()].map(({ ref }) => ref);
  }

  /** What it has under way. */
  get load(): NodeLoad {
    const running = [...this.#attempts.values()].filter(({ ended }) => ended === null);
    const sum = (resource: string): number => running.reduce((total, { limits }) => total + (limits[resource] ?? 0), 0);
    return { cpuMillis: sum("cpu"), memoryBytes: sum("memory"), running: running.length };
  }

  /** A server is there: all ends that are not settled are reported to it. */
  connect(send: (reports: readonly Report[]) => void): void {
    this.#send = send;
    this.#reports = [];
    for (const { ended, running, ref, startedAt } of this.#attempts.values()) {
      if (ended !== null) this.#report(ended);
      else if (running !== null) this.#report({ type: "started", ...ref, at: startedAt });
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

  /** Goes on with what a former life of this node has started; before the first server is there. */
  async adopt(): Promise<void> {
    for (const executor of new Set(this.#executors.values()))
      for (const task of await executor.adopt())
        this.#follow({ job: task.job, token: task.token }, {}, (listener) => task.attach(listener));
  }

  /** Reports nothing more, and lets go of what runs. */
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
        return void this.#freeze(attempt);
      case "resume":
        return attempt?.running?.thaw();
      case "settled":
        if (attempt?.ended === null) return;
        attempt?.running?.forget();
        return void this.#attempts.delete(keyOf(order));
    }
  }

  async #freeze(attempt: Attempt | undefined): Promise<void> {
    if ((await attempt?.running?.freeze()) === true && attempt?.ended === null) this.#report({ type: "suspended", ...attempt.ref });
  }

  #start(task: JobTask): void {
    if (this.#attempts.has(keyOf(task))) return;
    const executor = this.#executors.get(task.work.kind);
    assert(executor !== undefined, `Expected an executor for ${task.work.kind}, but this node has none.`);
    this.#follow({ job: task.job, token: task.token }, task.limits, (listener) => executor.start(task, listener));
  }

  #follow(ref: AttemptRef, limits: JobTask["limits"], begin: (listener: TaskListener) => RunningTask): void {
    const attempt: Attempt = { ref, limits, running: null, startedAt: this.#now(), ended: null };
    this.#attempts.set(keyOf(ref), attempt);
    const text = { stdout: new StreamText(), stderr: new StreamText() };
    attempt.running = begin({
      started: (at) => {
        attempt.startedAt = at;
        this.#report({ type: "started", ...ref, at });
      },
      output: (stream, chunk, offset) => {
        const piece = text[stream].add(chunk, offset);
        if (piece.text !== "") this.#report({ type: "output", ...ref, stream, ...piece, at: this.#now() });
      },
      ended: (end, times) => {
        const { startedAt, endedAt } = times ?? { startedAt: attempt.startedAt, endedAt: this.#now() };
        attempt.ended = { type: "ended", ...ref, end, startedAt, endedAt };
        this.#report(attempt.ended);
      },
    });
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

/** A stream of bytes as text; characters that are cut in two wait for their other half. */
class StreamText {
  readonly #decoder = new StringDecoder("utf8");
  #offset = 0;

  /** The text of a piece, and where it begins. */
  add(chunk: Uint8Array, offset: number): { readonly text: string; readonly offset: number } {
    if (offset > this.#offset) this.#offset = offset;
    const text = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const begin = this.#offset;
    this.#offset += Buffer.byteLength(text);
    return { text, offset: begin };
  }
}

function keyOf({ job, token }: AttemptRef): string {
  return `${job} ${token}`;
}
