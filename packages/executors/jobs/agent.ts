// The node's side: carries orders out with its executors and reports how they go on.
//
// | an attempt is | since                    | until                                   |
// |---------------|--------------------------|-----------------------------------------|
// | running       | its start order          | its executor has reported the end       |
// | ended         | then                     | the server has settled it               |
//
// An end is kept and reported again after each new connection until it is settled, so none gets lost. An attempt is started
// once: a repeated order for one that is known does nothing. Reports of one turn of the event loop go out together. The latest
// output of each attempt is kept and told again too: what was on its way when a link broke did not arrive, and the server knows
// by its offset what it has.
import { StringDecoder } from "node:string_decoder";
import type { Instant } from "@baton/core";
import type { AskAttempt } from "./checks.ts";
import type { JobExecutor, JobTask, JobWork, RunningTask, TaskListener } from "./port.ts";
import type { AttemptRef, Order, Report } from "./protocol.ts";

interface Attempt {
  readonly ref: AttemptRef;
  running: RunningTask | null;
  startedAt: Instant;
  /** Its program runs, or did. */
  hasBegun: boolean;
  ended: Extract<Report, { readonly type: "ended" }> | null;
  /** The latest output, in its order. */
  recent: OutputReport[];
  recentLength: number;
}

type OutputReport = Extract<Report, { readonly type: "output" }>;

/** So many characters of an attempt's latest output are kept for the next connection. */
const recentOutput = 64 * 1024;

/** What an agent works with. */
export interface AgentParts {
  readonly executors: readonly JobExecutor[];
  readonly now: () => Instant;
  /** Absent: it does not ask what it runs whether it is well. */
  readonly ask?: AskAttempt;
  /** Told of a report that came too late: the attempt was placed elsewhere, or has ended, meanwhile. */
  readonly refused?: (attempt: AttemptRef) => void;
}

/** The agent of one node. */
export class NodeAgent {
  readonly #executors = new Map<JobWork["kind"], JobExecutor>();
  readonly #now: () => Instant;
  readonly #refused: (attempt: AttemptRef) => void;
  readonly #ask: AskAttempt;
  readonly #attempts = new Map<string, Attempt>();
  #reports: Report[] = [];
  #scheduled = false;
  #onEmpty: (() => void)[] = [];
  #send: ((reports: readonly Report[]) => void) | null = null;

  constructor({ executors, now, ask = asksNothing, refused = () => undefined }: AgentParts) {
    this.#now = now;
    this.#ask = ask;
    this.#refused = refused;
    for (const executor of executors) for (const kind of executor.kinds) this.#executors.set(kind, executor);
  }

  /** What it holds: under way, or ended and not settled. */
  get holds(): readonly AttemptRef[] {
    return [...this.#attempts.values()].map(({ ref }) => ref);
  }

  /** How many attempts are under way. */
  get running(): number {
    let running = 0;
    for (const { ended } of this.#attempts.values()) if (ended === null) running++;
    return running;
  }

  /** A server is there: all ends that are not settled are reported to it. */
  connect(send: (reports: readonly Report[]) => void): void {
    this.#send = send;
    this.#reports = [];
    for (const { ended, hasBegun, ref, startedAt, recent } of this.#attempts.values()) {
      if (ended === null && hasBegun) this.#report({ type: "started", ...ref, at: startedAt });
      for (const output of recent) this.#report(output);
      if (ended !== null) this.#report(ended);
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
      for (const task of await executor.adopt()) this.#follow({ job: task.job, token: task.token }, (listener) => task.attach(listener));
  }

  /** Ends all that is under way; resolves when it holds nothing any more. */
  stopAll(): Promise<void> {
    for (const { running } of this.#attempts.values()) running?.stop("gently");
    return this.emptied();
  }

  /** Resolves when it holds nothing any more: all has ended, and the server has settled it. */
  async emptied(): Promise<void> {
    if (this.#attempts.size > 0) await new Promise<void>((resolve) => this.#onEmpty.push(resolve));
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
      case "check":
        return void this.#check(order);
      case "settled":
        if (attempt?.ended === null) return;
        if (order.refused !== undefined) this.#refused({ job: order.job, token: order.token });
        attempt?.running?.forget();
        this.#attempts.delete(keyOf(order));
        if (this.#attempts.size === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
        return;
    }
  }

  /** What has ended meanwhile is not answered for. */
  async #check({ job, token, ask, check, timeoutMs }: Extract<Order, { readonly type: "check" }>): Promise<void> {
    const problem = await this.#ask({ job, token }, check, timeoutMs);
    if (this.#attempts.get(keyOf({ job, token }))?.ended === null) this.#report({ type: "checked", job, token, ask, problem });
  }

  async #freeze(attempt: Attempt | undefined): Promise<void> {
    if ((await attempt?.running?.freeze()) === true && attempt?.ended === null) this.#report({ type: "suspended", ...attempt.ref });
  }

  #start(task: JobTask): void {
    if (this.#attempts.has(keyOf(task))) return;
    const executor = this.#executors.get(task.work.kind);
    const begin = executor === undefined ? refuseKind(task.work.kind) : (listener: TaskListener) => executor.start(task, listener);
    this.#follow({ job: task.job, token: task.token }, begin);
  }

  #follow(ref: AttemptRef, begin: (listener: TaskListener) => RunningTask): void {
    const attempt: Attempt = { ref, running: null, startedAt: this.#now(), hasBegun: false, ended: null, recent: [], recentLength: 0 };
    this.#attempts.set(keyOf(ref), attempt);
    const text = { stdout: new StreamText(), stderr: new StreamText() };
    attempt.running = begin({
      started: (at) => {
        attempt.startedAt = at;
        attempt.hasBegun = true;
        this.#report({ type: "started", ...ref, at });
      },
      output: (stream, chunk, offset) => {
        const piece = text[stream].add(chunk, offset);
        if (piece.text === "") return;
        const output: OutputReport = { type: "output", ...ref, stream, ...piece, at: this.#now() };
        keepRecent(attempt, output);
        this.#report(output);
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

/** A server that is newer than this node may know kinds of jobs that it does not. */
function refuseKind(kind: string): (listener: TaskListener) => RunningTask {
  return (listener) => {
    const message = `This node runs no jobs of the kind ${kind}.`;
    setImmediate(() => listener.ended({ status: "failed", fault: { code: "job-start-failed", message }, usage: { wallMs: 0 } }));
    return { stop: nothing, freeze: () => Promise.resolve(false), thaw: nothing, forget: nothing };
  };
}

function nothing(): void {}

function asksNothing(): Promise<string> {
  return Promise.resolve("its node does not ask what it runs whether it is well");
}

function keepRecent(attempt: Attempt, output: OutputReport): void {
  attempt.recent.push(output);
  attempt.recentLength += output.text.length;
  while (attempt.recentLength > recentOutput && attempt.recent.length > 1) attempt.recentLength -= attempt.recent.shift()?.text.length ?? 0;
}

/** A stream of bytes as text; characters that are cut in two wait for their other half. */
class StreamText {
  readonly #decoder = new StringDecoder("utf8");
  /** How many bytes came in, and how many went out as text: those of half a character wait between the two. */
  #read = 0;
  #offset = 0;

  /** The text of a piece, and where it begins. */
  add(chunk: Uint8Array, offset: number): { readonly text: string; readonly offset: number } {
    this.#offset += Math.max(0, offset - this.#read);
    this.#read = offset + chunk.length;
    const text = this.#decoder.write(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength));
    const begin = this.#offset;
    this.#offset += Buffer.byteLength(text);
    return { text, offset: begin };
  }
}

function keyOf({ job, token }: AttemptRef): string {
  return `${job} ${token}`;
}
