// The runtime's interface over its parts: what people ask for, in terms of commands, and what they are told.
import { BatonError, newId, type Json, type Millis } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import { decodeEvents, definitionsNamed, isFinal, projectRun, rejections, statusOf, type Command, type RunView } from "@baton/engine";
import type { IdempotencyRecord, RunQuery, RunSummary, StoredDefinition } from "@baton/storage";
import { Approvals } from "./approvals.ts";
import { compareFlows } from "./comparison.ts";
import { commandRun } from "./control.ts";
import { definitionsFor } from "./definitions.ts";
import type { Outcome } from "./driver.ts";
import { runtimeError } from "./errors.ts";
import type { EventDesk } from "./events/port.ts";
import { assemble, factsOf, type Parts } from "./parts.ts";
import type {
  FlowComparison,
  FlowName,
  ForkRequest,
  Migration,
  MigrationRequest,
  OperationDesk,
  Registration,
  Runtime,
  RuntimeOptions,
  RunResult,
  RunUpdate,
  RunVerb,
  StartedRun,
  StartRequest,
  WebhookAdmin,
} from "./runtime.ts";
import { keyOfFlow, keyOfRequest, shownKey } from "./start-keys.ts";
import { createScheduleDesk } from "./schedule-desk.ts";
import type { ScheduleDesk } from "./schedule-view.ts";
import type { RuntimeStats } from "./stats.ts";

/** Forks that a run's view names. */
const shownForks = 100;

/** Makes a runtime. It takes up nothing until `recover` is called, and takes nothing more after `close`. */
export function createRuntime(options: RuntimeOptions): Runtime {
  return new PartsRuntime(assemble(options));
}

class PartsRuntime implements Runtime {
  readonly schedules: ScheduleDesk;
  readonly webhooks: WebhookAdmin;
  readonly events: EventDesk;
  readonly doctor: Runtime["doctor"];
  readonly approvals: Runtime["approvals"];
  readonly functions: Runtime["functions"];
  readonly operations: OperationDesk;
  readonly locks: Runtime["locks"];
  readonly #parts: Parts;
  #closing: Promise<void> | undefined;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.schedules = createScheduleDesk(parts.settings.store, parts.schedules, parts.settings.clock);
    this.webhooks = adminOf(parts);
    this.events = parts.events;
    this.doctor = parts.doctor;
    const { store, clock, random } = parts.settings;
    this.approvals = new Approvals({ store, driver: parts.driver, clock, random });
    this.functions = parts.flows.functions;
    this.operations = parts.operations;
    this.locks = parts.locks;
  }

  registerFlow(tenant: string, source: string): Promise<Registration> {
    this.#assertOpen();
    const { flows, schedules, settings } = this.#parts;
    return flows.register(tenant, source, (definition, workflow) =>
      settings.firesSchedules ? schedules.put(definition, workflow) : settings.store.putDefinition(definition),
    );
  }

  checkFlow(tenant: string, source: string): Promise<Registration> {
    return this.#parts.flows.check(tenant, source);
  }

  readFlow(tenant: string, flow: FlowName): Promise<Workflow> {
    return this.#parts.flows.workflow(tenant, flow);
  }

  getFlow(tenant: string, flow: FlowName): Promise<StoredDefinition> {
    return this.#parts.flows.get(tenant, flow);
  }

  listFlows(tenant: string, filter?: { readonly namespace?: string; readonly name?: string }): Promise<readonly StoredDefinition[]> {
    return this.#parts.settings.store.listDefinitions(tenant, filter);
  }

  async startRun(request: StartRequest): Promise<StartedRun> {
    this.#assertOpen();
    const { tenant, input } = request;
    const workflow = await this.#parts.flows.workflow(tenant, request.workflow);
    const runId = this.#newRunId();
    const keyed =
      keyOfFlow(workflow, factsOf(this.#parts.settings)(tenant, workflow.namespace), { id: runId, input }) ?? keyOfRequest(request);
    const at = this.#parts.settings.clock.now();
    return this.#start(tenant, runId, workflow, input, keyed && { ...keyed, runId, at });
  }

  async runDefinition(tenant: string, workflow: Workflow, input: Json): Promise<StartedRun> {
    this.#assertOpen();
    this.#parts.flows.hold(tenant, workflow);
    return this.#start(tenant, this.#newRunId(), workflow, input, undefined);
  }

  async command(tenant: string, runId: string, verb: RunVerb): Promise<void> {
    this.#assertOpen();
    const { driver, repairs } = this.#parts;
    return commandRun(driver, repairs, tenant, runId, verb);
  }

  async awaitsWork(tenant: string, runId: string, step: number): Promise<boolean> {
    const { driver } = this.#parts;
    try {
      const run = await driver.find(tenant, runId);
      return run !== null && driver.outstanding(run).some((effect) => effect.type === "performWork" && effect.step === step);
    } catch (error) {
      if (error instanceof BatonError) return true;
      throw error;
    }
  }

  forkRun(tenant: string, runId: string, request: ForkRequest): Promise<string> {
    this.#assertOpen();
    this.#assertRoom();
    return this.#parts.repairs.fork(tenant, runId, request);
  }

  migrateRun(tenant: string, runId: string, request: MigrationRequest): Promise<Migration> {
    this.#assertOpen();
    return this.#parts.repairs.migrate(tenant, runId, request);
  }

  compareFlows(tenant: string, flow: FlowName, to: string): Promise<FlowComparison> {
    const { settings, flows, repairs } = this.#parts;
    return compareFlows({ store: settings.store, flows, repairs }, tenant, flow, to);
  }

  async getRun(tenant: string, runId: string): Promise<RunView> {
    const { store } = this.#parts.settings;
    const run = this.#parts.driver.peek(tenant, runId) ?? (await store.readRun(tenant, runId));
    if (!run) throw unknownRun(runId);
    const { namespace, workflow: name, version, incident } = run.summary;
    const { flows } = this.#parts;
    const workflow = await flows.workflow(tenant, { namespace, name, version });
    const envelopes = await store.readHistory(tenant, runId);
    if (envelopes.length === 0) throw unknownRun(runId);
    const events = envelopes.flatMap(decodeEvents);
    const view = projectRun(await definitionsFor(flows, tenant, workflow, definitionsNamed(events)), events);
    const forks = await this.#forksOf(tenant, runId);
    return { ...this.#parts.slots.shown(tenant, view), ...(forks.length > 0 && { forks }), ...(incident !== null && { incident }) };
  }

  /** The first of them, the oldest first. */
  async #forksOf(tenant: string, runId: string): Promise<readonly string[]> {
    const filter = { kind: "text", column: "forkedFrom", operator: "=", value: runId, pattern: false } as const;
    const order = { field: "id", descending: false } as const;
    const forks = await this.#parts.settings.store.listRuns({ tenant, filter, order, limit: shownForks });
    return forks.map(({ id }) => id);
  }

  listRuns(query: RunQuery): Promise<readonly RunSummary[]> {
    return this.#parts.settings.store.listRuns(query);
  }

  async waitForRun(
    tenant: string,
    runId: string,
    { timeoutMs, signal }: { readonly timeoutMs?: Millis; readonly signal?: AbortSignal } = {},
  ): Promise<RunView> {
    const waiting = Promise.withResolvers<void>();
    const done = (): void => waiting.resolve();
    const forgetEnd = this.#parts.watches.onEnd(runId, done);
    const forgetTime = timeoutMs === undefined ? undefined : this.#parts.settings.clock.after(timeoutMs, done);
    signal?.addEventListener("abort", done);
    try {
      const view = await this.getRun(tenant, runId);
      if (isFinalView(view) || signal?.aborted || this.#closing) return view;
      await waiting.promise;
      return await this.getRun(tenant, runId);
    } finally {
      forgetEnd();
      forgetTime?.();
      signal?.removeEventListener("abort", done);
    }
  }

  async awaitResult(tenant: string, runId: string): Promise<RunResult> {
    const ended = Promise.withResolvers<void>();
    const forget = this.#parts.watches.onEnd(runId, ended.resolve);
    try {
      const run = await this.#parts.driver.find(tenant, runId);
      if (!run) throw unknownRun(runId);
      if (!isFinal(run.state) || run.durable < run.version) await ended.promise;
      // The same object, unless a commit failed and the run was loaded again.
      const result = isFinal(run.state) ? run : await this.#parts.driver.find(tenant, runId);
      if (!result || !isFinal(result.state)) throw runtimeError("server-stopping");
      const { output, error } = result.state;
      return { status: statusOf(result.state), output, error };
    } finally {
      forget();
    }
  }

  async watchRun(tenant: string, runId: string, listener: (update: RunUpdate) => void): Promise<() => void> {
    const run = await this.#parts.driver.find(tenant, runId);
    // A run whose start is not yet durable is not there for anybody.
    if (!run || run.durable === 0) throw unknownRun(runId);
    return this.#parts.watches.watch(run, listener);
  }

  async recover(): Promise<void> {
    this.#parts.doctor.drives();
    await this.#parts.locks.recover();
    await this.#parts.slots.recover();
    await this.#parts.webhooks.start();
    this.#parts.timers.start();
    await this.#parts.recovery.recoverAll();
    await this.#parts.events.start();
    await this.#parts.schedules.recover();
    await this.#parts.operations.recover();
    this.#parts.retention.start();
  }

  stats(): RuntimeStats {
    const { counters, driver, work, incidents } = this.#parts;
    return {
      ...counters.read(),
      runsLoaded: driver.loaded,
      workRunning: work.running,
      workWaiting: work.waiting,
      decisionsPending: driver.pending,
      incidents: incidents.count,
    };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { recovery, retention, schedules, timers, answers, work, driver, watches, webhooks, events, operations, locks } = this.#parts;
    recovery.stop();
    await operations.stop();
    schedules.stop();
    await retention.stop();
    await events.stop();
    timers.stop();
    answers.close();
    await work.close();
    await driver.idle();
    await webhooks.stop();
    await locks.stop();
    watches.close();
  }

  async #start(
    tenant: string,
    runId: string,
    workflow: Workflow,
    input: Json,
    idempotency: IdempotencyRecord | undefined,
  ): Promise<StartedRun> {
    const { driver } = this.#parts;
    this.#assertRoom();
    const { namespace, name, version } = workflow;
    const command: Command = { type: "StartRun", runId, tenant, workflow: { namespace, name, version }, input };
    const outcome = await new Promise<Outcome>((settled) => {
      driver.start({ tenant, runId, workflow, command, settled, ...(idempotency && { idempotency }) });
    });
    if (outcome.kind === "done") return { runId, created: true };
    if (outcome.kind === "duplicate" && idempotency) return this.#startedBefore(tenant, idempotency);
    throw startRefused(runId, outcome);
  }

  /** The same request again is answered as the first time; another one under the same key is not. */
  async #startedBefore(tenant: string, { key, fingerprint }: IdempotencyRecord): Promise<StartedRun> {
    const before = await this.#parts.settings.store.findIdempotency(tenant, key);
    if (before?.fingerprint !== fingerprint) throw runtimeError("idempotency-key-reused", { where: shownKey(key) });
    return { runId: before.runId, created: false };
  }

  #newRunId(): string {
    const { clock, random } = this.#parts.settings;
    return newId("run", clock.now(), random);
  }

  #assertRoom(): void {
    const { driver, settings } = this.#parts;
    if (driver.pending >= settings.limits.pendingDecisions) throw runtimeError("server-overloaded");
  }

  #assertOpen(): void {
    if (this.#closing) throw runtimeError("server-stopping");
  }
}

function adminOf({ webhooks, settings: { store } }: Parts): WebhookAdmin {
  return {
    list: (tenant) => webhooks.list(tenant),
    get: (tenant, name) => webhooks.get(tenant, name),
    put: (tenant, name, spec) => webhooks.put(tenant, name, spec),
    ensure: (tenant, name, spec) => webhooks.ensure(tenant, name, spec),
    wake: (tenant, name) => webhooks.wake(tenant, name),
    delete: (tenant, name) => webhooks.delete(tenant, name),
    pause: (tenant, name, reason) => webhooks.pause(tenant, name, reason),
    test: (tenant, name) => webhooks.test(tenant, name),
    redeliver: (tenant, name, id) => webhooks.redeliver(tenant, name, id),
    deliveries: (query) => store.listDeliveries(query),
  };
}

function unknownRun(runId: string): BatonError {
  return runtimeError("run-unknown", { where: runId });
}

function startRefused(runId: string, outcome: Outcome): BatonError {
  if (outcome.kind === "failed") return outcome.error;
  if (outcome.kind !== "rejected") return runtimeError("run-contended", { where: runId });
  return new BatonError(outcome.code, rejections[outcome.code], { message: outcome.reason });
}

function isFinalView({ status }: RunView): boolean {
  return status === "completed" || status === "faulted" || status === "cancelled";
}
