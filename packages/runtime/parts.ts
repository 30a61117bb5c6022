// Puts the parts of a runtime together. What they need of each other is wired here, and nowhere else.
import type { Facts } from "@baton/engine";
import { isFinal } from "@baton/engine";
import type { EventChanges, Store } from "@baton/storage";
import { createMessageSender } from "@baton/executors";
import { Answers } from "./answers.ts";
import { systemClock } from "./clock.ts";
import { commandRun } from "./control.ts";
import type { Pending } from "./committer.ts";
import { Doctor } from "./doctor/doctor.ts";
import { Driver } from "./driver.ts";
import { runtimeError } from "./errors.ts";
import { Flows } from "./flows.ts";
import { Functions } from "./functions/functions.ts";
import { EventSchedules } from "./events/event-schedules.ts";
import { Events } from "./events/events.ts";
import { Incidents } from "./incidents.ts";
import { Lanes } from "./lanes.ts";
import { Locks } from "./locks/locks.ts";
import { RunSlots } from "./locks/run-slots.ts";
import { defaultLimits, keptEventsMs, type RuntimeLimits } from "./limits.ts";
import { Performer } from "./performer.ts";
import { Recovery } from "./recovery.ts";
import { expiryOf, RetentionSweep } from "./retention.ts";
import { Operations, type OperationParts } from "./operations/operations.ts";
import { Repairs } from "./repairs.ts";
import { RunLoader } from "./run-loader.ts";
import { Cloak } from "./secrets/cloak.ts";
import { givenSecrets } from "./secrets/secrets.ts";
import { alarmId, Schedules } from "./schedules.ts";
import type { RuntimeOptions } from "./runtime.ts";
import { Counters, increment } from "./stats.ts";
import { SubRuns } from "./sub-runs.ts";
import { Timers } from "./timers.ts";
import { Watches } from "./watches.ts";
import { Webhooks } from "./webhooks/webhooks.ts";
import { WorkQueue, type Report } from "./work-queue.ts";

/** The options with everything that was left out. */
export type Settings = Required<Omit<RuntimeOptions, "limits" | "resources" | "codeFunctions">> &
  Pick<RuntimeOptions, "resources" | "codeFunctions"> & { readonly limits: RuntimeLimits };

/** The parts of one runtime. */
export interface Parts {
  readonly settings: Settings;
  readonly counters: Counters;
  readonly flows: Flows;
  readonly incidents: Incidents;
  readonly doctor: Doctor;
  readonly driver: Driver;
  readonly answers: Answers;
  readonly work: WorkQueue;
  readonly timers: Timers;
  readonly recovery: Recovery;
  readonly schedules: Schedules;
  readonly events: Events;
  readonly retention: RetentionSweep;
  readonly repairs: Repairs;
  readonly operations: Operations;
  readonly locks: Locks;
  readonly slots: RunSlots;
  readonly watches: Watches;
  readonly webhooks: Webhooks;
}

/** All parts, wired; nothing runs yet. */
export function assemble(options: RuntimeOptions): Parts {
  const settings = settingsOf(options);
  const { store, clock, log, limits, random, secrets, sender } = settings;
  const cloak = new Cloak(settings.secrets);
  const counters = new Counters();
  const flows = flowsOf(settings);
  const incidents = new Incidents(store, cloak, log);
  const watches = new Watches(store, flows);
  const counted = (result: string): void => increment(counters.deliveries, result);
  const webhooks = new Webhooks({ store, clock, random, log, sender, secrets, counted });
  const durable = (pending: Pending): void => {
    performer.perform(pending.run, pending.decided.effects);
    watches.changed(pending);
    for (const { webhook } of pending.commit?.deliveries ?? []) webhooks.wake(pending.run.tenant, webhook);
    count(counters, pending);
    if (!isEnd(pending)) return;
    subRuns.ended(pending.run);
    schedules.ended(pending.run);
  };
  const facts = factsOf(settings);
  const loader = new RunLoader(store, flows, cloak);
  const driver = new Driver({
    store,
    loader,
    incidents,
    limits,
    counters,
    log,
    facts,
    cloak,
    expiry: (workflow, run) => expiryOf(settings.retention, workflow, run),
    durable,
    doubtful: (tenant, runId) => recovery.revive(tenant, runId),
    tell: (tenant, told) => webhooks.deliveriesOf(tenant, told),
    waits: (tenant, changes) => events.foresee(tenant, changes),
  });
  const answers = new Answers(driver, clock);
  const events: Events = eventsOf(settings, driver, answers, () => triggers);
  const work = new WorkQueue(settings.executors, limits.concurrentWork, reportTo(answers), log);
  const timers = timersOf(settings, counters, answers);
  const { schedules, triggers } = schedulesOf(settings, { counters, driver, flows, answers, facts, events: () => events });
  const repairs = new Repairs({ store, loader, driver, flows, clock, random: settings.random });
  const subRuns = new SubRuns(driver, flows, answers, repairs);
  const locks = new Locks({ store, clock, log });
  const slots = new RunSlots({ locks, driver, answers, store });
  const performer = new Performer({ work, timers, subRuns, answers, events, slots });
  const recovery = new Recovery({ store, driver, performer, subRuns, answers, log });
  return {
    settings,
    counters,
    flows,
    incidents,
    doctor: new Doctor({ store, loader, driver, subRuns, work, clock, slots }),
    driver,
    answers,
    work,
    timers,
    recovery,
    schedules,
    events,
    retention: new RetentionSweep({ store, clock, log, archive: settings.archive }),
    repairs,
    operations: operationsOf(settings, driver, repairs),
    locks,
    slots,
    watches,
    webhooks,
  };
}

function flowsOf({ store, compile, clock, secrets, resources: loader, codeFunctions: code }: Settings): Flows {
  return new Flows(store, compile, clock, new Functions({ store, clock, secrets, loader, code }));
}

function settingsOf(options: RuntimeOptions): Settings {
  return {
    clock: systemClock,
    random: Math.random,
    runtimeInfo: { name: "baton", version: "0.1.0", metadata: {} },
    secrets: givenSecrets({}),
    sender: options.sender ?? createMessageSender(),
    log: () => undefined,
    firesSchedules: true,
    keptEventsMs,
    eventSources: [],
    eventSinks: [],
    archive: null,
    retention: [],
    ...options,
    limits: { ...defaultLimits, ...options.limits },
  };
}

/** What is done to many runs is done to each as people do it. */
function operationsOf({ store, clock, random, log }: Settings, driver: Driver, repairs: Repairs): Operations {
  const act: OperationParts["act"] = async (tenant, runId, { action, version = "", check = false }) => {
    if (action !== "migrate") return commandRun(driver, repairs, tenant, runId, action);
    const { problems } = await repairs.migrate(tenant, runId, { version, check });
    if (problems.length > 0) throw runtimeError("command-refused", { message: problems.join("; "), where: runId });
  };
  return new Operations({ store, clock, random, log, act });
}

/** What decisions may know besides the state. */
export function factsOf({ clock, random, runtimeInfo: runtime, secrets }: Settings): (tenant: string, namespace: string) => Facts {
  return (tenant, namespace) => ({ now: clock.now(), random, runtime, secret: (name) => secrets.read(tenant, namespace, name) });
}

function reportTo(answers: Answers): Report {
  return ({ tenant, id }, step, outcome, stored) => {
    if (outcome.ok) answers.deliver(tenant, id, { type: "CompleteWork", step, output: outcome.output }, stored);
    else answers.deliver(tenant, id, { type: "FailWork", step, fault: outcome.fault }, stored);
  };
}

function eventsOf(
  { store, clock, log, keptEventsMs: keptMs, eventSources: sources, eventSinks: sinks }: Settings,
  driver: Driver,
  answers: Answers,
  triggers: () => EventSchedules,
): Events {
  return new Events({
    store,
    driver,
    answers,
    clock,
    keptMs,
    sources,
    sinks,
    bringElsewhere: (...given) => triggers().bring(...given),
    log,
  });
}

/** The timers of runs. */
function timersOf({ store, clock, log, limits }: Settings, counters: Counters, answers: Answers): Timers {
  const timers: Timers = new Timers({
    store,
    clock,
    counters,
    log,
    page: limits.timerPage,
    fire: ({ tenant, runId, timer }) => {
      // A run that is stopped keeps its timers for the next start; they are not to fire again until then.
      answers.deliver(tenant, runId, { type: "FireTimer", timer }, ({ kind }) => {
        if (kind !== "failed") timers.clear(runId, timer);
      });
    },
  });
  return timers;
}

/** Schedules, whether time or events fire them. */
function schedulesOf(
  settings: Settings,
  parts: Pick<Parts, "counters" | "driver" | "flows" | "answers"> & {
    readonly facts: (tenant: string, namespace: string) => Facts;
    readonly events: () => Events;
  },
): { readonly schedules: Schedules; readonly triggers: EventSchedules } {
  const { store, clock, random, log } = settings;
  const { counters, driver, flows, answers, facts, events } = parts;
  const alarms = alarmsOf(settings, counters, () => schedules);
  const lanes = new Lanes();
  const waits = (tenant: string, changes: EventChanges): void => events().foresee(tenant, changes);
  const schedules: Schedules = new Schedules({ store, driver, flows, answers, clock, random, facts, alarms, lanes, waits, log });
  const triggers = new EventSchedules({ store, driver, clock, random, facts, lanes, load: (flow) => schedules.load(flow), log });
  return { schedules, triggers };
}

/** The timers of schedules. */
function alarmsOf({ store, clock, log, limits }: Settings, counters: Counters, schedules: () => Schedules): Timers {
  return new Timers({
    store: dueSchedulesOf(store, schedules),
    clock,
    counters,
    log,
    page: limits.timerPage,
    fire: ({ tenant, runId, timer }) => schedules().wake({ tenant, namespace: runId.slice(tenant.length + 1), name: timer }),
  });
}

/** Schedules that are due, as the alarms read them. */
function dueSchedulesOf(store: Store, schedules: () => Schedules): Pick<Store, "dueTimers"> {
  return {
    dueTimers: async (until, limit) => {
      const due = await store.dueSchedules(until, limit);
      schedules().foresee(due);
      return due.map((one) => ({ tenant: one.tenant, runId: alarmId(one), timer: one.name, at: one.dueAt ?? until }));
    },
  };
}

/** True for the decision that ends its run. */
function isEnd({ run, version, decided }: Pending): boolean {
  return decided.events.length > 0 && version === run.version && isFinal(run.state);
}

function count(counters: Counters, pending: Pending): void {
  const { run, commit, decided } = pending;
  if (commit?.expectedVersion === 0 && decided.events.length > 0) counters.runsStarted++;
  for (const { kind, status } of decided.ended) increment(counters.steps, `${kind}/${status}`);
  if (!isEnd(pending)) return;
  increment(counters.runsFinished, run.summary.status);
  counters.runSeconds.record(((run.state.endedAt ?? run.state.startedAt) - run.state.startedAt) / 1000);
}
