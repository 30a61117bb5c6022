// Schedules whose runs are started by events (`schedule.on`): an event is settled in the transaction that stores what was gathered, or
// that starts the run; so no event starts two runs, and none is lost.
//
// What a schedule waits for follows from its rule alone. It hears of events from its registration on, not of those before; and while it
// is paused, events pass it by.
import { newId, type Json, type Random } from "@baton/core";
import type { EventTrigger, Workflow } from "@baton/dsl";
import { offerEvent, type CloudEvent, type Facts, type ScheduleState, type Triggered } from "@baton/engine";
import type { EventChanges, EventConsumer, Store } from "@baton/storage";
import type { Clock } from "../clock.ts";
import type { Driver, Outcome } from "../driver.ts";
import type { Lanes } from "../lanes.ts";
import type { LogRecord } from "../log-record.ts";
import { keyOf, withState, type FlowKey } from "../schedule-records.ts";
import type { LoadedSchedule } from "../schedules.ts";
import { keyOfFlow } from "../start-keys.ts";
import type { Brought } from "./mailboxes.ts";
import { flowOfConsumer } from "./schedule-interests.ts";

/** What event schedules need of the runtime. */
export interface EventScheduleParts {
  readonly store: Store;
  readonly driver: Driver;
  readonly clock: Clock;
  readonly random: Random;
  readonly facts: (tenant: string, namespace: string) => Facts;
  /** One lane per schedule, whoever changes it. */
  readonly lanes: Lanes;
  readonly load: (flow: FlowKey) => Promise<LoadedSchedule | null>;
  readonly log: (record: LogRecord) => void;
}

/** An event on its way into a schedule. */
interface Arrival {
  readonly schedule: LoadedSchedule;
  readonly consumer: string;
  readonly number: number;
}

/** Brings events to schedules. */
export class EventSchedules {
  readonly #parts: EventScheduleParts;

  constructor(parts: EventScheduleParts) {
    this.#parts = parts;
  }

  /** Brings an event to a schedule; undefined: the consumer is none. */
  bring({ tenant, consumer }: EventConsumer, number: number, event: CloudEvent): Promise<Brought> | undefined {
    const found = flowOfConsumer(consumer);
    if (found === undefined) return undefined;
    const flow = { tenant, ...found };
    return this.#parts.lanes.run(keyOf(flow), async () => {
      const schedule = await this.#parts.load(flow);
      const trigger = schedule?.workflow.trigger;
      if (!schedule || trigger === undefined) return "kept";
      return this.#receive({ schedule, consumer, number }, trigger, event);
    });
  }

  async #receive(arrival: Arrival, trigger: EventTrigger, event: CloudEvent): Promise<Brought> {
    const { workflow, state } = arrival.schedule;
    const triggered = state.paused ? null : this.#offer(arrival.schedule, trigger, event);
    if (triggered === null) return this.#settle(arrival, state, false);
    const gathered: ScheduleState = { ...state, gatherings: triggered.gatherings };
    if (triggered.dropped)
      this.#log("warning", workflow, "gathers events for too many runs at a time, or too many for one; the oldest were given up.");
    if (triggered.input === undefined) return this.#settle(arrival, gathered, true);
    return this.#start(arrival, gathered, [...triggered.input]);
  }

  /** What the event does; an expression that cannot be evaluated concerns the flow, and takes no event from others. */
  #offer({ workflow, stored, state }: LoadedSchedule, trigger: EventTrigger, event: CloudEvent): Triggered | null {
    try {
      return offerEvent(workflow, this.#parts.facts(stored.tenant, workflow.namespace), trigger, state.gatherings ?? [], event);
    } catch (error) {
      this.#log("error", workflow, "cannot tell whether an event is meant for it; the event passed it by.", error);
      return null;
    }
  }

  async #settle({ schedule, consumer, number }: Arrival, state: ScheduleState, consumed: boolean): Promise<Brought> {
    const changes: EventChanges = { consumer, settle: [{ event: number, consumed }] };
    return (await this.#parts.store.putSchedule(withState(schedule.stored, state), changes)) ? "settled" : "later";
  }

  async #start(arrival: Arrival, gathered: ScheduleState, input: Json): Promise<Brought> {
    const { clock, random } = this.#parts;
    const { workflow } = arrival.schedule;
    const at = clock.now();
    const runId = newId("run", at, random);
    const state: ScheduleState = { ...gathered, fired: gathered.fired + 1, last: { at, runId } };
    const outcome = await this.#startRun(arrival, state, runId, input).catch((error: unknown) => ({ kind: "unkeyed", error }) as const);
    switch (outcome.kind) {
      case "done":
        return "settled";
      case "exists":
        return "later";
      case "duplicate":
        return this.#settle(arrival, gathered, true);
      case "failed":
        if (outcome.error.retryable) return "later";
        break;
      case "rejected":
      case "unkeyed":
    }
    const reason = outcome.kind === "rejected" ? outcome.reason : outcome.error;
    this.#log("error", workflow, "could not be started by an event.", reason);
    return this.#settle(arrival, gathered, true);
  }

  async #startRun({ schedule, consumer, number }: Arrival, state: ScheduleState, runId: string, input: Json): Promise<Outcome> {
    const { driver, facts, clock } = this.#parts;
    const { workflow, stored } = schedule;
    const { tenant } = stored;
    const { namespace, name, version } = workflow;
    const command = { type: "StartRun", runId, tenant, workflow: { namespace, name, version }, input } as const;
    const key = keyOfFlow(workflow, facts(tenant, namespace), { id: runId, input });
    const idempotency = key && { idempotency: { ...key, runId, at: clock.now() } };
    const events: readonly EventChanges[] = [{ consumer, settle: [{ event: number, consumed: true }] }];
    const after = withState(stored, state);
    return new Promise((settled) => driver.start({ tenant, runId, workflow, command, settled, schedule: after, events, ...idempotency }));
  }

  #log(level: LogRecord["level"], { namespace, name }: Workflow, message: string, error?: unknown): void {
    this.#parts.log({ level, message: `The flow ${namespace}/${name} ${message}`, ...(error !== undefined && { error }) });
  }
}
