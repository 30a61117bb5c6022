// The driver: load -> decide -> commit. Every change of a run goes through `send`.
//
// A decision changes the loaded state at once, so the next command is decided on it without waiting for the disk;
// but nobody outside learns of it, and nothing is performed, before it is durable. When a decision cannot be stored
// its run is dropped, with every later decision on it, and is loaded again from what is durable.
//
// | a commit's outcome | what follows |
// |---|---|
// | committed | the decision is handed over to be performed, the sender is told |
// | conflict | another writer was first: load again, decide again (at most `maxDecisions` times) |
// | duplicate | the idempotency key has started a run before: the sender is told |
// | the store failed | the sender is told; the run is taken up again, because what was stored is in doubt |
//
// A decision that throws is a defect of Baton: that run is stopped with an incident, the others go on.
import { BatonError, type Instant } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import {
  decide,
  isFinal,
  migratedTo,
  outstandingEffects,
  type Command,
  type Decided,
  type Definitions,
  type Effect,
  type Facts,
  type RejectionCode,
  type RunState,
} from "@baton/engine";
import type {
  Commit,
  CommitOutcome,
  EventChanges,
  IdempotencyRecord,
  NewDelivery,
  RunSummary,
  Store,
  StoredSchedule,
} from "@baton/storage";
import { Committer, type Pending } from "./committer.ts";
import { advanceRun, firstCommit, wakingCommit, type History } from "./decision.ts";
import { runtimeError } from "./errors.ts";
import { publishedBy } from "./events/changes.ts";
import type { Incidents } from "./incidents.ts";
import { maxDecisions, type RuntimeLimits } from "./limits.ts";
import { firstSummary, RunTable, type LoadedRun } from "./loaded-run.ts";
import { UnreadableRun, type RunLoader } from "./run-loader.ts";
import type { LogRecord } from "./runtime.ts";
import type { Cloak } from "./secrets/cloak.ts";
import type { Counters } from "./stats.ts";
import type { Told } from "./webhooks/outgoing.ts";

/** What became of a command. Everything but `failed` builds on what is durable. */
export type Outcome =
  | { readonly kind: "done"; readonly run: LoadedRun }
  | { readonly kind: "rejected"; readonly code: RejectionCode; readonly reason: string; readonly run: LoadedRun | null }
  /** Of a start: the idempotency key is taken. */
  | { readonly kind: "duplicate" }
  /** Of a start: there is a run with this id. */
  | { readonly kind: "exists" }
  | { readonly kind: "failed"; readonly error: BatonError };

/** A command on its way, and who wants to know what became of it. */
export interface Request {
  readonly tenant: string;
  readonly runId: string;
  readonly command: Command;
  readonly settled: (outcome: Outcome) => void;
}

/** A start, with what it needs beyond the command. */
export interface Start extends Request {
  readonly workflow: Definitions;
  readonly idempotency?: IdempotencyRecord;
  /** The schedule that starts it, as it is afterwards. */
  readonly schedule?: StoredSchedule;
  /** What it takes over from another run. */
  readonly before?: History;
  /** What changes with it for the schedule, where an event starts the run. */
  readonly events?: readonly EventChanges[];
}

/** What the driver needs of the runtime. */
export interface DriverParts {
  readonly store: Store;
  readonly loader: RunLoader;
  readonly incidents: Incidents;
  readonly facts: (tenant: string, namespace: string) => Facts;
  readonly cloak: Cloak;
  readonly limits: RuntimeLimits;
  readonly counters: Counters;
  readonly log: (record: LogRecord) => void;
  /** When a run that has ended is to be forgotten; undefined: never. */
  readonly expiry: (workflow: Workflow, run: RunSummary) => Instant | undefined;
  /** A decision is durable: perform its effects, tell who watches. */
  readonly durable: (pending: Pending) => void;
  /** What webhooks are to be told of a decision. */
  readonly tell: (tenant: string, told: Told) => readonly NewDelivery[] | undefined;
  /** A decision is about to be stored by which a run waits for events. */
  readonly waits: (tenant: string, changes: EventChanges) => void;
  /** A run must be taken up again: a decision of it may or may not have been stored. */
  readonly doubtful: (tenant: string, runId: string) => void;
}

type Stored = CommitOutcome | BatonError;

/** What is submitted where only an answer must wait for what was decided before. */
function nothing({ state }: LoadedRun): Decided {
  return { events: [], effects: [], ended: [], state };
}

/** Decides and stores; one per runtime. */
export class Driver {
  readonly #parts: DriverParts;
  readonly #table: RunTable;
  readonly #committer: Committer;

  constructor(parts: DriverParts) {
    this.#parts = parts;
    this.#table = new RunTable(parts.limits.loadedRuns);
    this.#committer = new Committer(parts.store, parts.counters, parts.log);
  }

  /** Runs in memory. */
  get loaded(): number {
    return this.#table.size;
  }

  /** Decisions that are not yet durable. */
  get pending(): number {
    return this.#committer.pending;
  }

  /** Resolves when every decision so far is durable or has failed. */
  idle(): Promise<void> {
    return this.#committer.idle();
  }

  /** Decides a command of a run that is there. */
  send(request: Request): void {
    this.#attempt(request, 1);
  }

  /** Starts a run. */
  start(request: Start): void {
    const { tenant, runId, workflow, settled } = request;
    if (this.#table.get(tenant, runId)) return settled({ kind: "exists" });
    const before = request.before?.state ?? null;
    const decision = this.#tryDecide(() => decide(workflow, before, request.command, this.#parts.facts(tenant, workflow.namespace)));
    if (decision instanceof Defect) return settled({ kind: "failed", error: startFailed(decision) });
    if (!decision.ok) return settled({ kind: "rejected", ...decision.rejected, run: null });
    const { run, commit } = startedRun(workflow, decision, request);
    this.#table.add(run);
    const hidden = this.#parts.cloak.hide(workflow, decision, commit);
    this.#submit(run, this.#telling(run, hidden.commit, before, hidden.decided), hidden.decided, (stored) => {
      if (stored === "committed") return settled({ kind: "done", run });
      this.#drop(run);
      if (stored instanceof BatonError) settled({ kind: "failed", error: this.#doubt(run, stored) });
      else settled({ kind: stored === "duplicate" ? "duplicate" : "exists" });
    });
  }

  /** Decides a command on a run that has ended, as it was read; `run-contended` where another writer was first. */
  decideEnded(run: LoadedRun, request: Request): void {
    const known = this.#table.get(run.tenant, run.id);
    this.#decide(known ?? run, request, maxDecisions);
  }

  /** The run, if it is in memory. */
  peek(tenant: string, runId: string): LoadedRun | undefined {
    return this.#table.get(tenant, runId);
  }

  /** The run as it is decided so far; null: there is none. Rejects where it cannot be read, or is stopped. */
  async find(tenant: string, runId: string): Promise<LoadedRun | null> {
    const run = this.#table.get(tenant, runId);
    if (run) return run;
    const incident = this.#parts.incidents.errorOf(runId);
    if (incident) throw incident;
    const loaded = await this.#load(tenant, runId);
    return loaded && this.#adopt(loaded);
  }

  /** Everything that the run has asked for and that is not answered. */
  outstanding(run: LoadedRun): readonly Effect[] {
    const effects = this.#tryDecide(() =>
      outstandingEffects(run.workflow, run.state, this.#parts.facts(run.tenant, run.workflow.namespace)),
    );
    if (!(effects instanceof Defect)) return effects;
    this.#stop(run, effects);
    return [];
  }

  /** Stores all that is to wake the run, and its summary, once more; `asks`: then asks the world again for what it waits for. */
  wake(run: LoadedRun, asks: boolean, settled: (outcome: Outcome) => void): void {
    if (isFinal(run.state)) return settled({ kind: "done", run });
    const effects = this.outstanding(run);
    const commit = wakingCommit(run, effects);
    for (const changes of commit.events ?? []) this.#parts.waits(run.tenant, changes);
    this.#submit(run, commit, { ...nothing(run), effects: asks ? effects : [] }, (stored) => {
      if (stored === "committed") return settled({ kind: "done", run });
      this.#drop(run);
      const error = stored instanceof BatonError ? this.#doubt(run, stored) : runtimeError("run-contended", { where: run.id });
      settled({ kind: "failed", error });
    });
  }

  #attempt(request: Request, tries: number): void {
    const run = this.#table.get(request.tenant, request.runId);
    if (run) this.#decide(run, request, tries);
    else void this.#decideLoaded(request, tries);
  }

  async #decideLoaded(request: Request, tries: number): Promise<void> {
    const { tenant, runId, settled } = request;
    try {
      const run = await this.find(tenant, runId);
      if (run) this.#decide(this.#adopt(run), request, tries);
      else settled({ kind: "failed", error: runtimeError("run-unknown", { where: runId }) });
    } catch (error) {
      if (!(error instanceof BatonError)) throw error;
      settled({ kind: "failed", error });
    }
  }

  async #load(tenant: string, runId: string): Promise<LoadedRun | null> {
    try {
      return await this.#parts.loader.load(tenant, runId);
    } catch (error) {
      if (!(error instanceof UnreadableRun)) throw error;
      const { incidents } = this.#parts;
      incidents.open(tenant, runId, error);
      await incidents.record(error.stored.summary, error.stored.version);
      throw incidents.errorOf(runId) ?? error;
    }
  }

  /** Several may have waited for the same reading: all go on with one object. A run that has ended is not kept. */
  #adopt(loaded: LoadedRun): LoadedRun {
    const known = this.#table.get(loaded.tenant, loaded.id);
    if (known) return known;
    if (!isFinal(loaded.state)) this.#table.add(loaded);
    return loaded;
  }

  #decide(run: LoadedRun, request: Request, tries: number): void {
    const decision = this.#tryDecide(() =>
      decide(run.workflow, run.state, request.command, this.#parts.facts(run.tenant, run.workflow.namespace)),
    );
    if (decision instanceof Defect) return this.#fail(run, request, decision);
    if (decision.ok) {
      const before = run.state;
      const commit = advanceRun(run, decision, this.#parts.limits.snapshotInterval);
      if (isFinal(before) && !isFinal(run.state)) this.#table.add(run);
      if (request.command.type === "MigrateRun") run.workflow = migratedTo(run.workflow, request.command.to);
      const settled = (stored: Stored): void => this.#settle(run, request, tries, stored, { kind: "done", run });
      if (commit === null) return this.#submit(run, null, decision, settled);
      const hidden = this.#parts.cloak.hide(run.workflow, decision, commit);
      this.#submit(run, this.#telling(run, hidden.commit, before, hidden.decided), hidden.decided, settled);
    } else {
      const outcome: Outcome = { kind: "rejected", ...decision.rejected, run };
      this.#submit(run, null, nothing(run), (stored) => this.#settle(run, request, tries, stored, outcome));
    }
  }

  /** The commit with what others are to be told of it: webhooks, and whoever waits for events. */
  #telling(run: LoadedRun, commit: Commit, before: RunState | null, decided: Decided): Commit {
    const { workflow, version } = run;
    const deliveries = this.#parts.tell(run.tenant, { workflow, before, decided, version });
    const published = publishedBy(decided.effects);
    for (const changes of commit.events ?? []) this.#parts.waits(run.tenant, changes);
    if (deliveries === undefined && published === undefined) return commit;
    return { ...commit, ...(deliveries && { deliveries }), ...(published && { published }) };
  }

  #submit(run: LoadedRun, commit: Commit | null, decided: Decided, settled: (stored: Stored) => void): void {
    const { version } = run;
    const expiresAt = commit?.summary && this.#parts.expiry(run.workflow, commit.summary);
    const whole = commit && expiresAt !== undefined ? { ...commit, expiresAt } : commit;
    const done = (stored: Stored): void => {
      if (stored === "committed") this.#durable(pending);
      settled(stored);
    };
    const pending: Pending = { run, commit: whole, version, decided, settled: done };
    this.#committer.submit(pending);
  }

  #durable(pending: Pending): void {
    const { run, version } = pending;
    if (version > run.durable) run.durable = version;
    if (run.durable === run.version && isFinal(run.state)) this.#table.drop(run);
    this.#parts.durable(pending);
  }

  #settle(run: LoadedRun, request: Request, tries: number, stored: Stored, outcome: Outcome): void {
    if (stored === "committed") return request.settled(outcome);
    this.#drop(run);
    if (stored instanceof BatonError) return request.settled({ kind: "failed", error: this.#doubt(run, stored) });
    if (tries < maxDecisions) return this.#attempt(request, tries + 1);
    request.settled({ kind: "failed", error: runtimeError("run-contended", { where: run.id }) });
  }

  /** What was decided on this object is void; the next command loads what is durable. */
  #drop(run: LoadedRun): void {
    run.broken = true;
    this.#table.drop(run);
  }

  #doubt(run: LoadedRun, error: BatonError): BatonError {
    this.#parts.doubtful(run.tenant, run.id);
    return error;
  }

  #tryDecide<T>(decideIt: () => T): T | Defect {
    try {
      return decideIt();
    } catch (error) {
      return new Defect(error);
    }
  }

  #fail(run: LoadedRun, request: Request, defect: Defect): void {
    this.#stop(run, defect);
    request.settled({ kind: "failed", error: this.#parts.incidents.errorOf(run.id) ?? startFailed(defect) });
  }

  /** What was decided before is still stored and performed; nothing more is decided. */
  #stop(run: LoadedRun, { cause }: Defect): void {
    const { incidents } = this.#parts;
    this.#table.drop(run);
    incidents.open(run.tenant, run.id, cause);
    this.#submit(run, null, nothing(run), () => void incidents.record(run.summary, run.version));
  }
}

/** Something was thrown where nothing may be. */
class Defect {
  readonly cause: unknown;

  constructor(cause: unknown) {
    this.cause = cause;
  }
}

function startFailed({ cause }: Defect): BatonError {
  return runtimeError("run-incident", { message: "The run could not be started: it hit a defect of Baton.", cause });
}

function startedRun(workflow: Definitions, decided: Decided, start: Start): { run: LoadedRun; commit: Commit } {
  const { state } = decided;
  const summary = firstSummary(state);
  const commit = firstCommit(decided, summary, start);
  const { tenant, id } = state;
  const version = commit.envelopes.length;
  return { run: { tenant, id, workflow, state, summary, version, durable: 0, snapshotVersion: 0, broken: false, recent: true }, commit };
}
