// A worker: a process that runs functions. To the server it is a node; its places are the calls that it takes at a time.
//
// A call that has ended is kept until the server has settled it, and told again after each new connection, so no result gets
// lost. So is the latest output of each call: the server knows by its offset what it has. A call that the server starts again
// under the same attempt is not made twice.
import { randomBytes } from "node:crypto";
import { hostname } from "node:os";
import type { ServerMessage, WorkerHello } from "@baton/api";
import type { Instant, Json, Millis } from "@baton/core";
import type { AttemptRef, JobEnd, JobTask, Order, Report } from "@baton/executors";
import { endOfAnswer, endOfError } from "./answer.ts";
import type { CallContext, FunctionDefinition } from "./function.ts";
import { ServerLink, type LinkOptions } from "./server-link.ts";

/** What a worker runs, and for whom. */
export interface WorkerOptions extends LinkOptions {
  readonly functions: readonly FunctionDefinition[];
  /** How many calls it takes at a time; 10 when nothing is said. */
  readonly concurrency?: number;
  /** What tells it from other workers; made up when nothing is said. */
  readonly id?: string;
  readonly labels?: { readonly [key: string]: string };
  readonly pool?: string;
  readonly zone?: string;
  /** Told of what goes wrong; to standard error when nothing is said. */
  readonly log?: (text: string) => void;
}

/** A worker under way. */
export interface Worker {
  readonly id: string;
  /** Resolves when a server has taken it in for the first time. */
  readonly ready: Promise<void>;
  /** Takes no more calls, finishes those under way (at most so long), and leaves. */
  close(graceMs?: Millis): Promise<void>;
}

interface Call {
  readonly task: JobTask;
  readonly startedAt: Instant;
  readonly abort: AbortController;
  /** It was told to stop, or its time is over. */
  stopped: "stopped" | "timed-out" | null;
  announced: boolean;
  /** How much it has written. */
  written: number;
  /** The latest of that, in its order. */
  readonly recent: OutputReport[];
  recentLength: number;
  ended: Extract<Report, { readonly type: "ended" }> | null;
}

type OutputReport = Extract<Report, { readonly type: "output" }>;

const defaultConcurrency = 10;
const defaultGraceMs: Millis = 30_000;
/** A line of output, in characters; what a server keeps of a job is less. */
const longestLine = 1024 * 1024;
/** At least so many characters of a call's latest output are kept for the next connection; at most twice as many, or one line more. */
const longestRecent = 64 * 1024;
/** Output is thrown away while so much waits to be sent. */
const maxWaitingBytes = 64 * 1024 * 1024;
/** Calls that last longer than this are reported as started, and have their time watched this closely. */
const tickMs: Millis = 50;

/** Starts a worker. It connects, and connects again whenever the link breaks, until it is closed. */
export function startWorker(options: WorkerOptions): Worker {
  return new FunctionWorker(options);
}

class FunctionWorker implements Worker {
  readonly id: string;
  readonly ready: Promise<void>;
  readonly #options: WorkerOptions;
  readonly #functions = new Map<string, FunctionDefinition>();
  readonly #calls = new Map<string, Call>();
  /** A token for joining expires; what it let in comes back by a key of its own. */
  readonly #key: string | undefined;
  #isKnown = false;
  readonly #link: ServerLink;
  readonly #log: (text: string) => void;
  #reports: Report[] = [];
  #tellReady: () => void = () => undefined;
  #onEmpty: () => void = () => undefined;
  #beat: NodeJS.Timeout | undefined;
  readonly #tick: NodeJS.Timeout;

  constructor(options: WorkerOptions) {
    this.#options = options;
    this.id = options.id ?? `worker-${hostname().toLowerCase()}-${randomBytes(4).toString("hex")}`;
    this.#log = options.log ?? ((text) => void process.stderr.write(`${text}\n`));
    for (const one of options.functions) this.#functions.set(`${one.contract.name}:${one.contract.version}`, one);
    this.ready = new Promise((resolve) => (this.#tellReady = resolve));
    this.#key = shownToken(options)?.startsWith("bnt_") === true ? randomBytes(24).toString("hex") : undefined;
    const token = (): string | undefined =>
      this.#isKnown && this.#key !== undefined ? `bnk_${this.id}_${this.#key}` : shownToken(options);
    this.#link = new ServerLink(
      { ...options, token },
      {
        opened: () => this.#link.send({ type: "join", hello: this.#hello() }),
        message: (message) => this.#take(message),
        broken: () => clearInterval(this.#beat),
        refused: ({ detail, code }) => {
          if (code === "node-token-invalid") this.#isKnown = false;
          this.#log(`The server does not let this worker in: ${detail} (${code})`);
        },
      },
    );
    this.#tick = setInterval(() => this.#look(), tickMs);
  }

  async close(graceMs: Millis = defaultGraceMs): Promise<void> {
    this.#link.send({ type: "drain" });
    if (this.#calls.size > 0) {
      const empty = new Promise<void>((resolve) => (this.#onEmpty = resolve));
      let timer: NodeJS.Timeout | undefined;
      await Promise.race([empty, new Promise((resolve) => (timer = setTimeout(resolve, graceMs)))]);
      clearTimeout(timer);
    }
    for (const { abort } of this.#calls.values()) abort.abort();
    clearInterval(this.#tick);
    clearInterval(this.#beat);
    this.#link.close();
  }

  #hello(): WorkerHello {
    const { functions, concurrency = defaultConcurrency, labels, pool, zone } = this.#options;
    const holds: AttemptRef[] = [...this.#calls.values()].map(({ task: { job, token } }) => ({ job, token }));
    const place = { ...(labels && { labels }), ...(pool !== undefined && { pool }), ...(zone !== undefined && { zone }) };
    return {
      id: this.id,
      functions: functions.map(({ contract }) => contract),
      concurrency,
      holds,
      ...place,
      ...(this.#key !== undefined && { key: this.#key }),
      clock: Date.now(),
    };
  }

  #take(message: ServerMessage): void {
    switch (message.type) {
      case "welcome":
        return this.#joined(message.welcome.heartbeatMs);
      case "orders":
        for (const order of message.orders) this.#carryOut(order);
        return;
      case "failed":
        return this.#log(`The server does not take this worker: ${message.problem.detail} (${message.problem.code})`);
      default:
        return;
    }
  }

  #joined(heartbeatMs: Millis): void {
    this.#isKnown = true;
    this.#reports = [];
    for (const { recent, ended } of this.#calls.values()) {
      for (const output of recent) this.#report(output);
      if (ended !== null) this.#report(ended);
    }
    clearInterval(this.#beat);
    this.#beat = setInterval(() => {
      this.#link.send({
        type: "heartbeat",
        load: { cpuMillis: 0, memoryBytes: process.memoryUsage.rss(), running: this.#calls.size },
        clock: Date.now(),
      });
    }, heartbeatMs);
    this.#tellReady();
  }

  #carryOut(order: Order): void {
    if (order.type === "start") return this.#start(order.task);
    const call = this.#calls.get(keyOf(order));
    if (call === undefined) return;
    if (order.type === "stop") {
      call.stopped ??= "stopped";
      call.abort.abort();
      // Code that does not listen cannot be ended; at once means that nobody waits for it any more.
      if (order.how === "at-once") this.#end(call, { status: "stopped", usage: usageOf(call) });
    } else if (order.type === "settled" && call.ended !== null) {
      this.#calls.delete(keyOf(order));
      if (this.#calls.size === 0) this.#onEmpty();
    }
  }

  #start(task: JobTask): void {
    if (this.#calls.has(keyOf(task)) || task.work.kind !== "function") return;
    const call: Call = {
      task,
      startedAt: Date.now(),
      abort: new AbortController(),
      stopped: null,
      announced: false,
      written: 0,
      recent: [],
      recentLength: 0,
      ended: null,
    };
    this.#calls.set(keyOf(task), call);
    const definition = this.#functions.get(`${task.work.function}:${task.work.version}`);
    if (definition === undefined)
      return this.#fail(call, new Error(`This worker has no function ${task.work.function}:${task.work.version}.`));
    try {
      const answer = definition.run(task.payload, this.#context(call));
      if (answer instanceof Promise)
        answer.then(
          (result: Json) => this.#complete(call, result),
          (error: unknown) => this.#fail(call, error),
        );
      else this.#complete(call, answer);
    } catch (error) {
      this.#fail(call, error);
    }
  }

  #context(call: Call): CallContext {
    const { job, token } = call.task;
    return {
      job,
      attempt: token,
      idempotencyKey: call.task.environment["BATON_IDEMPOTENCY_KEY"] ?? job,
      signal: call.abort.signal,
      log: (text) => {
        const line = `${text}\n`;
        const offset = call.written;
        call.written += Buffer.byteLength(line);
        // What nobody takes in time, and what is too long for anybody, shows as a gap.
        if (line.length > longestLine || this.#link.waitingBytes > maxWaitingBytes) return;
        const output: OutputReport = { type: "output", job, token, stream: "stdout", offset, text: line, at: Date.now() };
        keepRecent(call, output);
        this.#report(output);
      },
    };
  }

  #complete(call: Call, result: Json | undefined): void {
    if (call.stopped === "timed-out") return this.#timeOut(call);
    this.#end(call, endOfAnswer(result, usageOf(call)));
  }

  #fail(call: Call, error: unknown): void {
    if (call.stopped === "timed-out") return this.#timeOut(call);
    if (call.stopped === "stopped") return this.#end(call, { status: "stopped", usage: usageOf(call) });
    this.#end(call, endOfError(error, usageOf(call)));
  }

  #timeOut(call: Call): void {
    const message = `It ran longer than its ${call.task.timeoutMs} ms and was stopped.`;
    this.#end(call, { status: "failed", fault: { code: "job-timed-out", message }, usage: usageOf(call) });
  }

  #end(call: Call, end: JobEnd): void {
    if (call.ended !== null) return;
    const { job, token } = call.task;
    call.ended = { type: "ended", job, token, end, startedAt: call.startedAt, endedAt: Date.now() };
    this.#report(call.ended);
  }

  /** Reports of one turn go out as one message. */
  #report(report: Report): void {
    this.#reports.push(report);
    if (this.#reports.length > 1) return;
    queueMicrotask(() => setImmediate(() => this.#sendReports()));
  }

  #sendReports(): void {
    const reports = this.#reports;
    this.#reports = [];
    if (reports.length === 0) return;
    this.#link.send({ type: "reports", reports });
    this.#link.flush();
  }

  /** Looks after the calls that last: announces them, and ends those whose time is over. */
  #look(): void {
    const now = Date.now();
    for (const call of this.#calls.values()) {
      if (call.ended !== null) continue;
      const { job, token, timeoutMs } = call.task;
      if (!call.announced && now - call.startedAt >= tickMs) {
        call.announced = true;
        this.#report({ type: "started", job, token, at: call.startedAt });
      }
      if (timeoutMs === null || now - call.startedAt < timeoutMs || call.stopped !== null) continue;
      call.stopped = "timed-out";
      call.abort.abort();
      this.#timeOut(call);
    }
  }
}

/** Cut now and then, not with each line: what stays has to be moved. */
function keepRecent(call: Call, output: OutputReport): void {
  call.recent.push(output);
  call.recentLength += output.text.length;
  if (call.recentLength <= 2 * longestRecent) return;
  let cut = 0;
  for (const { text } of call.recent.slice(0, -1)) {
    if (call.recentLength - text.length < longestRecent) break;
    call.recentLength -= text.length;
    cut++;
  }
  call.recent.splice(0, cut);
}

function shownToken({ token }: WorkerOptions): string | undefined {
  return typeof token === "function" ? token() : token;
}

function usageOf({ startedAt }: Call): { readonly wallMs: Millis } {
  return { wallMs: Date.now() - startedAt };
}

function keyOf({ job, token }: AttemptRef): string {
  return `${job} ${token}`;
}
