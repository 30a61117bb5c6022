// Events as the outside sees them: where they come from, where they go, and how people send and look at them.
import type { CloudEvent } from "@baton/engine";
import type { EventQuery, KeptEvent } from "@baton/storage";

/** What became of an event that came in. */
export interface ReceivedEvent {
  /** Its number: they count up. */
  readonly event: number;
  /** Whether an event of this source and id was there already; then nothing has happened. */
  readonly isDuplicate: boolean;
  /** How many waited for it. */
  readonly consumers: number;
}

/** Where events come from, such as a broker. */
export interface EventSource {
  readonly name: string;
  /** Hands each event over; what the promise resolves for is stored, and may be acknowledged. */
  start(receive: (tenant: string, event: CloudEvent) => Promise<ReceivedEvent>): Promise<void>;
  /** Hands over nothing more. */
  stop(): Promise<void>;
}

/** Where published events go, such as a broker. */
export interface EventSink {
  /** No other sink's: what a sink is still to take is kept under its name. */
  readonly name: string;
  /** Resolves when all of them are taken for good, in their order; the same event may come again. */
  publish(tenant: string, events: readonly CloudEvent[]): Promise<void>;
}

/** Events as people send and look at them. */
export interface EventDesk {
  /** Resolves when the event is stored, together with whom it is for. */
  receive(tenant: string, event: CloudEvent): Promise<ReceivedEvent>;
  /** The newest first. */
  list(query: EventQuery): Promise<readonly KeptEvent[]>;
  /** Rejects with event-unknown where there is none of this number. */
  get(tenant: string, number: number): Promise<KeptEvent>;
}
