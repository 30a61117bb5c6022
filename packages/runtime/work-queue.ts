// Performs work by the executors, a bounded number at a time, and hands each outcome over exactly once.
//
// An entry stays until its outcome is durable, not only until the work has ended: so work whose result waits to be
// stored (a full disk) is not asked for a second time by whoever takes the run up again.
import type { Effect, StepId, Work, WorkOutcome } from "@baton/engine";
import { atOnce, leaving, type Executor, type WorkContext } from "@baton/executors";
import type { LogRecord } from "./runtime.ts";

/** The effect that asks for work. */
export type PerformWork = Extract<Effect, { type: "performWork" }>;

/** Who asks. */
export interface WorkOwner {
  readonly tenant: string;
  readonly id: string;
}

/** Takes an outcome, and calls `stored` once it is durable or wanted by nobody. */
export type Report = (owner: WorkOwner, step: StepId, outcome: WorkOutcome, stored: () => void) => void;

interface Entry extends WorkContext {
  readonly owner: WorkOwner;
  readonly effect: PerformWork;
  state: "waiting" | "running" | "reported" | "dropped";
  abort(reason?: symbol): void;
}

/** All work that was asked for. */
export class WorkQueue {
  readonly #executors = new Map<Work["kind"], Executor>();
  readonly #all: readonly Executor[];
  readonly #limit: number;
  readonly #report: Report;
  readonly #log: (record: LogRecord) => void;
  readonly #entries = new Map<string, Entry>();
  #waiting: Entry[] = [];
  #taken = 0;
  #running = 0;
  #beginning = false;
  #closed = false;

  constructor(executors: readonly Executor[], limit: number, report: Report, log: (record: LogRecord) => void) {
    this.#all = executors;
    this.#limit = limit;
    this.#report = report;
    this.#log = log;
    for (const executor of executors) for (const kind of executor.kinds) this.#executors.set(kind, executor);
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length - this.#taken;
  }

  /** Whether somebody works for the step, or its outcome is about to be stored. */
  has(runId: string, step: StepId): boolean {
    return this.#entries.has(keyOf(runId, step));
  }

  /** Performs the work when its turn comes, unless it is under way already. */
  start(owner: WorkOwner, effect: PerformWork): void {
    const key = keyOf(owner.id, effect.step);
    if (this.#closed || this.#entries.has(key)) return;
    const entry = new WorkEntry(owner, effect);
    this.#entries.set(key, entry);
    if (this.#running < this.#limit || this.#isElsewhere(entry)) this.#begin(entry);
    else this.#waiting.push(entry);
  }

  /** Stops work whose outcome nobody wants any more; `hard`: without time to end in order. */
  abort(runId: string, step: StepId, hard = false): void {
    const key = keyOf(runId, step);
    const entry = this.#entries.get(key);
    if (!entry || entry.state === "reported") return;
    this.#entries.delete(key);
    const began = entry.state === "running";
    entry.state = "dropped";
    if (began) entry.abort(hard ? atOnce : undefined);
  }

  /** Stops everything and reports nothing more, so that a restart asks again for what was under way. */
  async close(): Promise<void> {
    this.#closed = true;
    for (const entry of this.#entries.values()) entry.abort(leaving);
    this.#entries.clear();
    await Promise.all(this.#all.map((executor) => executor.close()));
  }

  #begin(entry: Entry): void {
    if (!this.#isElsewhere(entry)) this.#running++;
    entry.state = "running";
    const outcome = this.#perform(entry);
    if (outcome instanceof Promise) {
      outcome.then(
        (value) => this.#ended(entry, value),
        (error: unknown) => this.#ended(entry, this.#defect(entry, error)),
      );
      if (!entry.awaited && !this.#isElsewhere(entry)) this.#hand(entry, { ok: true, output: null });
    } else {
      this.#ended(entry, outcome);
    }
  }

  #perform(entry: Entry): Promise<WorkOutcome> | WorkOutcome {
    const { work } = entry.effect;
    const executor = this.#executors.get(work.kind);
    if (!executor) return noExecutor(work.kind);
    try {
      return executor.perform(work, entry);
    } catch (error) {
      return this.#defect(entry, error);
    }
  }

  /** An executor throws only for a bug of its own; the step faults, and the others go on. */
  #defect({ owner, effect }: Entry, error: unknown): WorkOutcome {
    if (!this.#closed) {
      this.#log({ level: "error", message: `The ${effect.work.kind} executor threw at ${effect.workId}.`, runId: owner.id, error });
    }
    const detail = error instanceof Error ? error.message : String(error);
    return { ok: false, fault: { kind: "runtime", status: 500, title: "The executor failed", detail } };
  }

  #ended(entry: Entry, outcome: WorkOutcome): void {
    this.#hand(entry, outcome);
    if (this.#isElsewhere(entry)) return;
    this.#running--;
    this.#next();
  }

  #isElsewhere({ effect }: Entry): boolean {
    return this.#executors.get(effect.work.kind)?.elsewhere === true;
  }

  #hand(entry: Entry, outcome: WorkOutcome): void {
    if (this.#closed || entry.state !== "running") return;
    entry.state = "reported";
    this.#report(entry.owner, entry.effect.step, outcome, () => this.#entries.delete(keyOf(entry.owner.id, entry.effect.step)));
  }

  /** The array is cut only when it is used up: taking its first element each time would move all others. */
  #next(): void {
    // Work that ends at once comes back here from within the loop, which goes on by itself.
    if (this.#beginning) return;
    this.#beginning = true;
    while (this.#running < this.#limit && this.#taken < this.#waiting.length) {
      const entry = this.#waiting[this.#taken++];
      if (this.#taken === this.#waiting.length) {
        this.#waiting = [];
        this.#taken = 0;
      }
      if (entry?.state === "waiting" && !this.#closed) this.#begin(entry);
    }
    this.#beginning = false;
  }
}

/** One piece of work. Its signal is made when somebody asks for it: most work that ends at once never does. */
class WorkEntry implements Entry {
  readonly owner: WorkOwner;
  readonly effect: PerformWork;
  readonly workId: string;
  readonly awaited: boolean;
  state: Entry["state"] = "waiting";
  #controller: AbortController | undefined;

  constructor(owner: WorkOwner, effect: PerformWork) {
    this.owner = owner;
    this.effect = effect;
    this.workId = effect.workId;
    this.awaited = effect.awaited;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason?: symbol): void {
    this.#controller?.abort(reason);
  }
}

function keyOf(runId: string, step: StepId): string {
  return `${runId}/${step}`;
}

function noExecutor(kind: string): WorkOutcome {
  const detail = `This server has no executor for "${kind}".`;
  return { ok: false, fault: { kind: "configuration", status: 501, title: "Nothing can perform this work", detail } };
}
