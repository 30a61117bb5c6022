// Events: taken in, brought to those who wait for them, passed on where flows publish them, and forgotten after a while.
import type { BatonError, Millis } from "@baton/core";
import type { CloudEvent } from "@baton/engine";
import type { EventChanges, EventConsumer, EventQuery, KeptEvent, Store } from "@baton/storage";
import type { Answers } from "../answers.ts";
import type { Clock } from "../clock.ts";
import type { Driver, Outcome } from "../driver.ts";
import { runtimeError } from "../errors.ts";
import { forgettingEvents } from "../limits.ts";
import type { LogRecord } from "../log-record.ts";
import { Intake } from "./intake.ts";
import { Mailboxes, type Brought } from "./mailboxes.ts";
import type { EventDesk, EventSink, EventSource, ReceivedEvent } from "./port.ts";
import { Publisher } from "./publisher.ts";

/** What events need of the runtime. */
export interface EventParts {
  readonly store: Store;
  readonly driver: Driver;
  readonly answers: Answers;
  readonly clock: Clock;
  readonly keptMs: Millis;
  readonly sources: readonly EventSource[];
  readonly sinks: readonly EventSink[];
  /** Brings an event to a consumer that is no run; undefined: there is none of that name. */
  readonly bringElsewhere: (consumer: EventConsumer, number: number, event: CloudEvent) => Promise<Brought> | undefined;
  readonly log: (record: LogRecord) => void;
}

/** Everything about events. */
export class Events implements EventDesk {
  readonly #parts: EventParts;
  readonly #intake: Intake;
  readonly #mailboxes: Mailboxes;
  readonly #publisher: Publisher;
  /** What was settled with a decision that is durable, until whoever brought it has seen that. */
  readonly #settled = new Set<string>();
  #cancel: () => void = () => undefined;
  #stopped = false;

  constructor(parts: EventParts) {
    const { store, clock, answers, sinks, log } = parts;
    const again = (tries: number, callback: () => void): void => answers.again(tries, callback);
    this.#parts = parts;
    this.#mailboxes = new Mailboxes({ store, bring: (consumer, number, event) => this.#bring(consumer, number, event), again });
    const given = (tenant: string, consumer: string, number: number, event: CloudEvent): void =>
      this.#mailboxes.put({ tenant, consumer }, number, event);
    this.#intake = new Intake({ store, clock, given, sinks: sinks.map(({ name }) => name) });
    const receive = (tenant: string, event: CloudEvent, position: number): Promise<ReceivedEvent> =>
      this.#intake.receive(tenant, event, position);
    this.#publisher = new Publisher({ store, receive, sinks, again, log });
  }

  /** Takes up what was under way, and begins to listen to the sources. */
  async start(): Promise<void> {
    await this.#intake.start();
    await this.#mailboxes.start();
    this.#publisher.start();
    for (const source of this.#parts.sources) await source.start((tenant, event) => this.receive(tenant, event));
    this.#forget();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.#cancel();
    for (const source of this.#parts.sources) await source.stop();
    await this.#publisher.stop();
    await this.#intake.idle();
    this.#mailboxes.stop();
  }

  /** Resolves when the event is stored, together with whom it is for. */
  receive(tenant: string, event: CloudEvent): Promise<ReceivedEvent> {
    if (this.#stopped) return Promise.reject(runtimeError("server-stopping"));
    return this.#intake.receive(tenant, event);
  }

  list(query: EventQuery): Promise<readonly KeptEvent[]> {
    return this.#parts.store.listEvents(query);
  }

  async get(tenant: string, number: number): Promise<KeptEvent> {
    const event = await this.#parts.store.getEvent(tenant, number);
    if (event === null) throw runtimeError("event-unknown", { where: String(number) });
    return event;
  }

  /** What somebody is about to wait for; to be called before that is stored. */
  foresee(tenant: string, changes: EventChanges): void {
    this.#intake.foresee(tenant, changes);
  }

  /** Somebody has begun to wait, or wants events again; that is stored. */
  look(consumer: EventConsumer): void {
    this.#mailboxes.look(consumer);
  }

  /** A decision of a run that settles an event is durable. */
  settled(tenant: string, runId: string, number: number): void {
    this.#settled.add(letterKey({ tenant, consumer: runId }, number));
  }

  /** A decision that publishes events is durable. */
  published(): void {
    this.#publisher.wake();
  }

  #bring(consumer: EventConsumer, number: number, event: CloudEvent): Promise<Brought> {
    return this.#parts.bringElsewhere(consumer, number, event) ?? this.#bringToRun(consumer, number, event);
  }

  #bringToRun(consumer: EventConsumer, number: number, event: CloudEvent): Promise<Brought> {
    const { tenant, consumer: runId } = consumer;
    const command = { type: "ReceiveEvent", delivery: number, event } as const;
    return new Promise((resolve) => {
      const settled = (outcome: Outcome): void => {
        const isSettled = this.#settled.delete(letterKey(consumer, number));
        if (isSettled) resolve("settled");
        else resolve(outcome.kind === "failed" && isTemporary(outcome.error) ? "later" : "kept");
      };
      this.#parts.driver.send({ tenant, runId, command, settled });
    });
  }

  #forget(): void {
    if (this.#stopped) return;
    this.#forgetOld().catch((error: unknown) => {
      this.#parts.log({ level: "error", message: "Old events could not be forgotten; it is tried again in a minute.", error });
    });
    this.#cancel = this.#parts.clock.after(forgettingEvents.everyMs, () => this.#forget());
  }

  async #forgetOld(): Promise<void> {
    const { store, clock, keptMs } = this.#parts;
    let gone: number;
    do gone = await store.forgetEvents(clock.now() - keptMs, forgettingEvents.page);
    while (gone === forgettingEvents.page && !this.#stopped);
  }
}

function isTemporary(error: BatonError): boolean {
  return error.retryable || error.code === "run-contended";
}

function letterKey({ tenant, consumer }: EventConsumer, number: number): string {
  return `${tenant}\n${consumer}\n${number}`;
}
