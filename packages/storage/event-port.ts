// What a store keeps for events: the events themselves for a while, who waits for which, and those that flows have published.
//
// An event is given to those who wait for it in the transaction in which it is accepted, and to those who begin to wait later in
// the one in which they begin. It stays theirs until they settle it, in the transaction of what they do with it: so nothing is lost
// in between, and an event takes effect once.
import type { Instant } from "@baton/core";

/** What an event is found by: the value that an expression gives on it. */
export interface EventKey {
  readonly path: string;
  readonly value: string;
}

/** What is waited for; null stands for any. The name is unique for its consumer. */
export interface Subscription {
  readonly name: string;
  readonly type: string | null;
  readonly source: string | null;
  readonly key: EventKey | null;
  /** Whether events are wanted, too, that are there already and that nobody has taken. */
  readonly early: boolean;
}

/** An event that a consumer is done with. */
export interface SettledEvent {
  readonly event: number;
  /** It took it: who begins to wait later does not get it any more. */
  readonly consumed: boolean;
}

/** What changes for a consumer: a run, by its id, or whoever else waits for events. */
export interface EventChanges {
  readonly consumer: string;
  /** Settled before anything else changes; a commit that takes what is not given to the consumer is refused as "conflict". */
  readonly settle?: readonly SettledEvent[];
  /** Cleared before others are set. With its last subscription a consumer loses what was given to it. */
  readonly clear?: readonly string[];
  /** One of the same name is replaced. */
  readonly set?: readonly Subscription[];
}

/** An event that comes in. */
export interface NewEvent {
  readonly tenant: string;
  readonly source: string;
  readonly id: string;
  readonly type: string;
  readonly receivedAt: Instant;
  /** The event, as JSON. */
  readonly content: string;
  /** Its values of the paths that somebody waits with. */
  readonly keys: readonly EventKey[];
}

/** What became of an event that came in. */
export interface AcceptedEvent {
  /** Its number: they count up over all events. Of one that was there already, that one's. */
  readonly event: number;
  readonly isDuplicate: boolean;
  readonly consumers: readonly string[];
}

/** An event that was given to a consumer and is not settled. */
export interface GivenEvent {
  readonly event: number;
  readonly content: string;
}

/** An event as it is kept. */
export interface KeptEvent extends Omit<NewEvent, "keys"> {
  readonly event: number;
  readonly consumed: boolean;
}

/** A path that somebody waits with, for events of a type; null: of any. */
export interface EventPath {
  readonly tenant: string;
  readonly type: string | null;
  readonly path: string;
}

/** Which events, the newest first. */
export interface EventQuery {
  readonly tenant: string;
  readonly type?: string;
  readonly source?: string;
  /** Only older ones than the one of this number. */
  readonly before?: number;
  readonly limit: number;
}

/** An event that a flow has published, and that is not passed on yet. */
export interface PublishedEvent {
  readonly position: number;
  readonly tenant: string;
  readonly content: string;
}

/** So many events that were there before are given to a consumer at a time; the next ones when it has settled all. */
export const eventPage = 100;

/** The part of a store that is about events. */
export interface EventStore {
  /** One transaction: takes events in, and passes on those that were published at these positions: each to every sink named. */
  acceptEvents(batch: readonly NewEvent[], published?: readonly number[], sinks?: readonly string[]): Promise<readonly AcceptedEvent[]>;
  /** What is given to a consumer and not settled, in the order of the events. */
  givenEvents(tenant: string, consumer: string, limit: number): Promise<readonly GivenEvent[]>;
  /** What a consumer waits for, by name. */
  readSubscriptions(tenant: string, consumer: string): Promise<readonly Omit<Subscription, "early">[]>;
  /** Everybody to whom events are given, by tenant and name, behind the one given. */
  eventConsumers(after: { readonly tenant: string; readonly consumer: string } | null, limit: number): Promise<readonly EventConsumer[]>;
  /** Of all tenants. */
  eventPaths(): Promise<readonly EventPath[]>;
  listEvents(query: EventQuery): Promise<readonly KeptEvent[]>;
  getEvent(tenant: string, event: number): Promise<KeptEvent | null>;
  /** Forgets events that came before that instant and are given to nobody, at most so many; answers how many. */
  forgetEvents(receivedBefore: Instant, limit: number): Promise<number>;
  /** In the order of publishing, behind the position given. */
  publishedEvents(after: number, limit: number): Promise<readonly PublishedEvent[]>;
  /** What a sink is still to take, in the order of publishing. */
  sinkEvents(sink: string, limit: number): Promise<readonly PublishedEvent[]>;
  /** The sink has taken these. */
  forgetSinkEvents(sink: string, positions: readonly number[]): Promise<void>;
}

/** Somebody who waits for events. */
export interface EventConsumer {
  readonly tenant: string;
  readonly consumer: string;
}
