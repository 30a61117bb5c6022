// Events, who waits for them, and what is published, in memory. event-port.ts says what is promised.
import type { Instant } from "@baton/core";
import type { Commit } from "../port.ts";
import {
  eventPage,
  type AcceptedEvent,
  type EventChanges,
  type EventConsumer,
  type EventPath,
  type EventQuery,
  type GivenEvent,
  type KeptEvent,
  type NewEvent,
  type PublishedEvent,
  type SettledEvent,
  type Subscription,
} from "../event-port.ts";

interface StoredEvent extends NewEvent {
  readonly number: number;
  consumed: boolean;
}

interface Consumer {
  readonly tenant: string;
  readonly name: string;
  readonly subscriptions: Map<string, Subscription>;
  /** Subscriptions with more events to be looked at, behind that one. */
  readonly moreAfter: Map<string, number>;
  /** The numbers of the events that are given to it. */
  readonly given: Set<number>;
}

/** Everything about events that a store keeps. */
export class MemoryEvents {
  readonly #events = new Map<number, StoredEvent>();
  readonly #byIdentity = new Map<string, StoredEvent>();
  readonly #consumers = new Map<string, Consumer>();
  readonly #paths = new Map<string, EventPath>();
  #published: PublishedEvent[] = [];
  readonly #sinks = new Map<string, PublishedEvent[]>();
  #lastEvent = 0;
  #lastPosition = 0;

  refuses(tenant: string, changes: readonly EventChanges[]): boolean {
    const isGiven = (consumer: string, event: number): boolean => this.#consumers.get(key(tenant, consumer))?.given.has(event) === true;
    return changes.some(({ consumer, settle = [] }) => settle.some(({ event, consumed }) => consumed && !isGiven(consumer, event)));
  }

  write({ tenant, events = [], published = [] }: Commit): void {
    for (const changes of events) this.change(tenant, changes);
    for (const content of published) this.#published.push({ position: ++this.#lastPosition, tenant, content });
  }

  accept(batch: readonly NewEvent[], published: readonly number[] = [], sinks: readonly string[] = []): readonly AcceptedEvent[] {
    const passed = new Set(published);
    const { left = [], done = [] } = Object.groupBy(this.#published, ({ position }) => (passed.has(position) ? "done" : "left"));
    this.#published = left;
    for (const sink of sinks) this.#sinks.set(sink, [...(this.#sinks.get(sink) ?? []), ...done]);
    return batch.map((event) => this.#accept(event));
  }

  subscriptions(tenant: string, name: string): readonly Omit<Subscription, "early">[] {
    const all = [...(this.#consumers.get(key(tenant, name))?.subscriptions.values() ?? [])];
    return all.map(({ early: _early, ...one }) => one).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  change(tenant: string, { consumer: name, clear = [], set = [], settle = [] }: EventChanges): void {
    const consumer = this.#consumers.get(key(tenant, name)) ?? newConsumer(tenant, name);
    this.#consumers.set(key(tenant, name), consumer);
    for (const settled of settle) this.#settle(consumer, settled);
    for (const cleared of clear) {
      consumer.subscriptions.delete(cleared);
      consumer.moreAfter.delete(cleared);
    }
    for (const subscription of set) this.#subscribe(consumer, subscription);
    if (consumer.subscriptions.size === 0) this.#consumers.delete(key(tenant, name));
    else if (settle.length > 0) this.#refill(consumer);
  }

  given(tenant: string, name: string, limit: number): readonly GivenEvent[] {
    const numbers = [...(this.#consumers.get(key(tenant, name))?.given ?? [])].sort((a, b) => a - b);
    return numbers.slice(0, limit).flatMap((event) => {
      const stored = this.#events.get(event);
      return stored ? [{ event, content: stored.content }] : [];
    });
  }

  consumers(after: EventConsumer | null, limit: number): readonly EventConsumer[] {
    const start = after ? key(after.tenant, after.consumer) : "";
    const waiting = [...this.#consumers].filter(([own, { given }]) => given.size > 0 && own > start);
    waiting.sort(([a], [b]) => (a < b ? -1 : 1));
    return waiting.slice(0, limit).map(([, { tenant, name }]) => ({ tenant, consumer: name }));
  }

  paths(): readonly EventPath[] {
    return [...this.#paths.values()];
  }

  list({ tenant, type, source, before = Number.POSITIVE_INFINITY, limit }: EventQuery): readonly KeptEvent[] {
    const fits = (event: StoredEvent): boolean =>
      event.tenant === tenant &&
      event.number < before &&
      (type === undefined || event.type === type) &&
      (source === undefined || event.source === source);
    return [...this.#events.values()].filter(fits).reverse().slice(0, limit).map(toKeptEvent);
  }

  get(tenant: string, event: number): KeptEvent | null {
    const found = this.#events.get(event);
    return found?.tenant === tenant ? toKeptEvent(found) : null;
  }

  forget(before: Instant, limit: number): number {
    const wanted = new Set([...this.#consumers.values()].flatMap(({ given }) => [...given]));
    const old = [...this.#events.values()].filter(({ number, receivedAt }) => receivedAt < before && !wanted.has(number)).slice(0, limit);
    for (const event of old) {
      this.#events.delete(event.number);
      this.#byIdentity.delete(identityOf(event));
    }
    return old.length;
  }

  published(after: number, limit: number): readonly PublishedEvent[] {
    return this.#published.filter(({ position }) => position > after).slice(0, limit);
  }

  sinkEvents(sink: string, limit: number): readonly PublishedEvent[] {
    return [...(this.#sinks.get(sink) ?? [])].sort((a, b) => a.position - b.position).slice(0, limit);
  }

  forgetSinkEvents(sink: string, positions: readonly number[]): void {
    this.#sinks.set(
      sink,
      (this.#sinks.get(sink) ?? []).filter(({ position }) => !positions.includes(position)),
    );
  }

  #accept(event: NewEvent): AcceptedEvent {
    const known = this.#byIdentity.get(identityOf(event));
    if (known) return { event: known.number, isDuplicate: true, consumers: [] };
    const stored: StoredEvent = { ...event, number: ++this.#lastEvent, consumed: false };
    this.#events.set(stored.number, stored);
    this.#byIdentity.set(identityOf(event), stored);
    const consumers = [...this.#consumers.values()].filter((consumer) => isAwaited(consumer, stored));
    for (const { given } of consumers) given.add(stored.number);
    return { event: stored.number, isDuplicate: false, consumers: consumers.map(({ name }) => name) };
  }

  #settle({ given }: Consumer, { event, consumed }: SettledEvent): void {
    given.delete(event);
    const stored = this.#events.get(event);
    if (consumed && stored) stored.consumed = true;
  }

  #subscribe(consumer: Consumer, subscription: Subscription): void {
    const { name, type, key: wanted, early } = subscription;
    const { tenant } = consumer;
    if (wanted) this.#paths.set(key(tenant, type ?? "", wanted.path), { tenant, type, path: wanted.path });
    const isNew = !consumer.subscriptions.has(name);
    consumer.subscriptions.set(name, subscription);
    if (isNew && early) this.#giveEarlier(consumer, subscription, 0);
  }

  #giveEarlier(consumer: Consumer, subscription: Subscription, after: number): void {
    const fits = (event: StoredEvent): boolean =>
      event.tenant === consumer.tenant && !event.consumed && event.number > after && mayFit(subscription, event);
    const earlier = [...this.#events.values()].filter(fits).slice(0, eventPage);
    for (const { number } of earlier) consumer.given.add(number);
    const last = earlier.at(-1);
    if (last && earlier.length === eventPage) consumer.moreAfter.set(subscription.name, last.number);
    else consumer.moreAfter.delete(subscription.name);
  }

  #refill(consumer: Consumer): void {
    if (consumer.given.size > 0) return;
    for (const [name, after] of consumer.moreAfter) {
      const subscription = consumer.subscriptions.get(name);
      if (subscription) this.#giveEarlier(consumer, subscription, after);
    }
  }
}

function newConsumer(tenant: string, name: string): Consumer {
  return { tenant, name, subscriptions: new Map(), moreAfter: new Map(), given: new Set() };
}

function isAwaited({ tenant, subscriptions, moreAfter }: Consumer, event: StoredEvent): boolean {
  return tenant === event.tenant && [...subscriptions.values()].some((one) => !moreAfter.has(one.name) && fits(one, event));
}

function fits({ type, source, key: wanted }: Subscription, event: StoredEvent): boolean {
  if ((type !== null && type !== event.type) || (source !== null && source !== event.source)) return false;
  return wanted === null || event.keys.some(({ path, value }) => path === wanted.path && value === wanted.value);
}

/** An event that came before the path was known has no key for it: the filter decides. */
function mayFit(subscription: Subscription, event: StoredEvent): boolean {
  const { key: wanted } = subscription;
  const isKeyed = wanted === null || event.keys.some(({ path }) => path === wanted.path);
  return fits(isKeyed ? subscription : { ...subscription, key: null }, event);
}

function toKeptEvent({ number, tenant, source, id, type, receivedAt, consumed, content }: StoredEvent): KeptEvent {
  return { event: number, tenant, source, id, type, receivedAt, consumed, content };
}

function identityOf({ tenant, source, id }: NewEvent): string {
  return key(tenant, source, id);
}

function key(...parts: readonly string[]): string {
  return parts.join("\n");
}
