// Drives schedules: load -> decide -> commit, as runs are driven. The run that a firing starts and the schedule's new
// state are stored in one transaction, on the revision that was read; besides, a firing's instant is the idempotency key
// of its run. So a stop at any moment neither loses a firing nor fires it twice, and neither does a second server.
//
// What concerns one schedule is done one after the other (its lane). Whoever waits for a schedule's run to end hears of
// it from the driver; what was not heard because of a stop is found at the next start.
import { BatonError, defined, newId, type Instant, type Random } from "@baton/core";
import type { Schedule, Workflow } from "@baton/dsl";
import {
  decideSchedule,
  newScheduleState,
  scheduledInput,
  type Facts,
  type ScheduleCommand,
  type ScheduleDecision,
  type ScheduleState,
} from "@baton/engine";
import type { EventChanges, Store, StoredDefinition, StoredSchedule } from "@baton/storage";
import type { Answers } from "./answers.ts";
import type { Driver, Outcome } from "./driver.ts";
import { scheduleChanges } from "./events/schedule-interests.ts";
import type { Flows } from "./flows.ts";
import type { Lanes } from "./lanes.ts";
import type { LoadedRun } from "./loaded-run.ts";
import type { Clock, FlowName, LogRecord } from "./runtime.ts";
import { flowOf, keyOf, sameSchedule, stateOf, withState, type FlowKey } from "./schedule-records.ts";
import type { Timers } from "./timers.ts";
import { latestOf } from "./versions.ts";

/** What schedules need of the runtime. */
export interface ScheduleParts {
  readonly store: Store;
  readonly driver: Driver;
  readonly flows: Flows;
  readonly answers: Answers;
  readonly clock: Clock;
  readonly random: Random;
  readonly facts: (tenant: string, namespace: string) => Facts;
  readonly alarms: Timers;
  /** One lane per schedule, whoever changes it. */
  readonly lanes: Lanes;
  /** A schedule is about to wait for events. */
  readonly waits: (tenant: string, changes: EventChanges) => void;
  readonly log: (record: LogRecord) => void;
}

/** A schedule as it is stored, with the rule that it follows. */
export interface LoadedSchedule {
  readonly stored: StoredSchedule;
  readonly workflow: Workflow;
  readonly rule: Schedule;
  readonly state: ScheduleState;
}

/** All schedules. */
export class Schedules {
  readonly #parts: ScheduleParts;
  /** The runs whose end a schedule waits for. */
  readonly #awaited = new Map<string, FlowKey>();
  /** As the alarms have read them: decided on once, and read again where that was out of date. */
  readonly #read = new Map<string, StoredSchedule>();

  constructor(parts: ScheduleParts) {
    this.#parts = parts;
  }

  /** Finds out what ended while nobody listened, and starts the alarms. */
  async recover(): Promise<void> {
    for (const stored of await this.#parts.store.awaitingSchedules()) {
      const runId = defined(stored.awaitedRun, "the run that a schedule waits for");
      this.#awaited.set(runId, stored);
      const run = await this.#parts.store.readRun(stored.tenant, runId);
      if (run === null || run.summary.endedAt !== null) this.#heardOfEnd(runId);
    }
    this.#parts.alarms.start();
  }

  stop(): void {
    this.#parts.alarms.stop();
  }

  /** Stores a version of a flow, and with it what becomes of the flow's schedule: the newest version decides. */
  put(definition: StoredDefinition, workflow: Workflow): Promise<boolean> {
    return this.#parts.lanes.run(keyOf(definition), async () => {
      const before = await this.load(definition);
      const schedule = await this.#afterRegistration(definition, workflow);
      const changes = schedule === undefined ? undefined : this.#awaits(definition, workflow, before);
      const created = await this.#parts.store.putDefinition(definition, schedule, changes);
      if (created && schedule) this.#setAlarm(schedule);
      if (created && schedule === null) this.#clearAlarm(definition);
      return created;
    });
  }

  /** Which events the schedule waits for from now on. */
  #awaits(flow: FlowKey, workflow: Workflow, before: LoadedSchedule | null): EventChanges | undefined {
    const changes = scheduleChanges(flow, this.#parts.facts(flow.tenant, flow.namespace), workflow, before?.workflow);
    if (changes !== undefined) this.#parts.waits(flow.tenant, changes);
    return changes;
  }

  /** Schedules that will be due soon, just read: they need not be read again when they are. */
  foresee(due: readonly StoredSchedule[]): void {
    for (const stored of due) this.#read.set(keyOf(stored), stored);
  }

  /** A run has ended. */
  ended({ id }: LoadedRun): void {
    if (this.#awaited.has(id)) this.#heardOfEnd(id);
  }

  /** An alarm went off. */
  wake(flow: FlowKey, tries = 1): void {
    const { alarms, answers, clock, random, log } = this.#parts;
    const runId = newId("run", clock.now(), random);
    this.change(flow, { type: "wake", runId }).then(
      (changed) => {
        if (!changed) alarms.clear(alarmId(flow), flow.name);
      },
      (error: unknown) => {
        if (error instanceof BatonError && error.retryable) return answers.again(tries, () => this.wake(flow, tries + 1));
        alarms.clear(alarmId(flow), flow.name);
        log({ level: "error", message: `The schedule of ${flow.namespace}/${flow.name} cannot go on.`, error });
      },
    );
  }

  /** Decides a command and stores what follows; false: nothing changed. */
  change(flow: FlowKey, command: ScheduleCommand): Promise<boolean> {
    return this.#parts.lanes.run(keyOf(flow), async () => {
      for (;;) {
        const foreseen = command.type === "wake" ? this.#takeForeseen(flow) : undefined;
        const schedule = foreseen === undefined ? await this.load(flow) : await this.open(foreseen);
        if (schedule === null) return false;
        const { rule, state } = schedule;
        const decision = decideSchedule(rule, keyOf(flow), state, command, this.#parts.clock.now());
        if (decision === null && foreseen !== undefined) continue;
        if (decision === null) return false;
        if (await this.#apply(schedule, decision)) return true;
      }
    });
  }

  /** The schedule of a flow; null: it has none. */
  async load({ tenant, namespace, name }: FlowKey): Promise<LoadedSchedule | null> {
    const stored = await this.#parts.store.getSchedule(tenant, namespace, name);
    return stored && this.open(stored);
  }

  /** What was read ahead of time is good for one try: the store takes nothing that is built on what has changed since. */
  #takeForeseen(flow: FlowKey): StoredSchedule | undefined {
    const key = keyOf(flow);
    const foreseen = this.#read.get(key);
    this.#read.delete(key);
    return foreseen;
  }

  /** A stored schedule with its rule. */
  async open(stored: StoredSchedule): Promise<LoadedSchedule | null> {
    const workflow = await this.#parts.flows.workflow(stored.tenant, flowOf(stored));
    return workflow.schedule ? { stored, workflow, rule: workflow.schedule, state: stateOf(stored) } : null;
  }

  /** The schedule as it is to be after that version was registered; undefined: as it is. */
  async #afterRegistration(definition: StoredDefinition, workflow: Workflow): Promise<StoredSchedule | null | undefined> {
    const { tenant, namespace, name, version } = definition;
    const { store, clock, flows } = this.#parts;
    const stored = await store.getSchedule(tenant, namespace, name);
    if (!workflow.schedule && !stored) return undefined;
    const others = await store.listDefinitions(tenant, { namespace, name });
    if (latestOf([...others.map((other) => other.version), version]) !== version) return undefined;
    if (!workflow.schedule) return null;
    const before = stored && stateOf(stored);
    const unchanged = stored !== null && sameSchedule(await flows.workflow(tenant, flowOf(stored)), workflow);
    const state = before && unchanged ? before : newScheduleState(workflow.schedule, keyOf(definition), clock.now(), before);
    return withState({ tenant, namespace, name, version, revision: stored?.revision ?? 0 }, state);
  }

  /** False where another writer was first: decide again. */
  async #apply(schedule: LoadedSchedule, decision: ScheduleDecision): Promise<boolean> {
    if (decision.cancel !== undefined) await this.#cancel(schedule.stored.tenant, decision.cancel);
    if (decision.start === undefined) return this.#store(withState(schedule.stored, decision.state));
    return this.#start(schedule, decision, decision.start);
  }

  async #store(schedule: StoredSchedule): Promise<boolean> {
    if (!(await this.#parts.store.putSchedule(schedule))) return false;
    this.#setAlarm(schedule);
    return true;
  }

  async #start(
    schedule: LoadedSchedule,
    decision: ScheduleDecision,
    start: { readonly at: Instant; readonly runId: string },
  ): Promise<boolean> {
    const { stored, workflow } = schedule;
    const { tenant } = stored;
    const { runId, at } = start;
    const input = scheduledInput(workflow, this.#parts.facts(tenant, workflow.namespace), { id: runId, at });
    if (!input.ok) return this.#refused(schedule, decision, runId, input.error.detail ?? "its input cannot be evaluated");
    const after = withState(stored, decision.state);
    if (after.awaitedRun === runId) this.#awaited.set(runId, stored);
    const outcome = await this.#startRun(schedule, start, input.input, after);
    if (outcome.kind === "done") {
      this.#setAlarm(after);
      return true;
    }
    this.#awaited.delete(runId);
    switch (outcome.kind) {
      case "failed":
        throw outcome.error;
      case "duplicate":
        return this.#store(withState(stored, decision.startedBefore ?? decision.state));
      case "rejected":
        return this.#refused(schedule, decision, runId, outcome.reason);
      case "exists":
        return false;
    }
  }

  #startRun(
    { workflow, stored }: LoadedSchedule,
    { at, runId }: { readonly at: Instant; readonly runId: string },
    input: Extract<ReturnType<typeof scheduledInput>, { readonly ok: true }>["input"],
    after: StoredSchedule,
  ): Promise<Outcome> {
    const { tenant } = stored;
    const { namespace, name, version } = workflow;
    const command = { type: "StartRun", runId, tenant, workflow: { namespace, name, version }, input } as const;
    const idempotency = { key: firingKey(stored, at), fingerprint: "", runId, at: this.#parts.clock.now() };
    return new Promise((settled) => this.#parts.driver.start({ tenant, runId, workflow, command, settled, idempotency, schedule: after }));
  }

  /** A run that cannot be started has ended, as far as its schedule is concerned. */
  #refused({ stored, rule }: LoadedSchedule, { state }: ScheduleDecision, runId: string, reason: string): Promise<boolean> {
    const { log, clock } = this.#parts;
    log({ level: "error", message: `A scheduled run of ${stored.namespace}/${stored.name} could not be started: ${reason}` });
    const over = decideSchedule(rule, keyOf(stored), state, { type: "runEnded", runId }, clock.now());
    return this.#store(withState(stored, over?.state ?? state));
  }

  #cancel(tenant: string, runId: string): Promise<Outcome> {
    const command = { type: "CancelRun", reason: "The schedule's next run replaces this one." } as const;
    return new Promise((settled) => this.#parts.answers.deliver(tenant, runId, command, settled));
  }

  #heardOfEnd(runId: string, tries = 1): void {
    const flow = this.#awaited.get(runId);
    if (flow === undefined) return;
    this.change(flow, { type: "runEnded", runId }).then(
      () => this.#awaited.delete(runId),
      (error: unknown) => {
        if (error instanceof BatonError && error.retryable) this.#parts.answers.again(tries, () => this.#heardOfEnd(runId, tries + 1));
      },
    );
  }

  #setAlarm({ tenant, namespace, name, dueAt }: StoredSchedule): void {
    const id = alarmId({ tenant, namespace });
    if (dueAt === null) this.#parts.alarms.clear(id, name);
    else this.#parts.alarms.set({ tenant, runId: id, timer: name, at: dueAt });
  }

  #clearAlarm(flow: FlowKey): void {
    this.#parts.alarms.clear(alarmId(flow), flow.name);
  }
}

/** A flow as the alarms name it: by what comes before its name. */
export function alarmId({ tenant, namespace }: Pick<FlowKey, "tenant" | "namespace">): string {
  return `${tenant}\n${namespace}`;
}

/** No caller of the API can send this key: a header has no line breaks. */
function firingKey({ namespace, name }: FlowName, at: Instant): string {
  return `schedule\n${namespace}/${name}\n${at}`;
}
