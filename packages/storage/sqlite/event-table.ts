// Events, who waits for them, and what is published, in SQLite. event-port.ts says what is promised.
//
// Finding consumers is a look-up by type, key and source, however many there are. A subscription that asks for a key that nobody
// asked for before finds earlier events by their type alone: they were stored without it.
import type { DatabaseSync, SQLInputValue, SQLOutputValue, StatementSync } from "node:sqlite";
import type { Instant } from "@baton/core";
import type { Commit } from "../port.ts";
import {
  eventPage,
  type AcceptedEvent,
  type EventChanges,
  type EventConsumer,
  type EventKey,
  type EventPath,
  type EventQuery,
  type GivenEvent,
  type KeptEvent,
  type NewEvent,
  type PublishedEvent,
  type SettledEvent,
  type Subscription,
} from "../event-port.ts";
import { inTransaction } from "./transaction.ts";

type Row = Record<string, SQLOutputValue>;

const any = "";
const noKey: EventKey = { path: "", value: "" };

/** The tables of events. */
export class EventTable {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  /** Whether a commit takes what is not given; asked before the first row of it is written. */
  refuses(tenant: string, changes: readonly EventChanges[]): boolean {
    return changes.some(({ consumer, settle = [] }) =>
      settle.some(({ event, consumed }) => consumed && !this.#isGiven(tenant, consumer, event)),
    );
  }

  /** Writes what a commit says of events; part of its transaction. */
  write({ tenant, events = [], published }: Commit): void {
    for (const changes of events) this.change(tenant, changes);
    if (published)
      for (const content of published) this.#run("INSERT INTO published_events (tenant, content) VALUES (?, ?)", tenant, content);
  }

  accept(batch: readonly NewEvent[], published: readonly number[] = [], sinks: readonly string[] = []): readonly AcceptedEvent[] {
    return inTransaction(this.#database, () => {
      for (const position of published) this.#passOn(position, sinks);
      return batch.map((event) => this.#accept(event));
    });
  }

  /** Part of somebody's transaction. */
  change(tenant: string, { consumer, clear = [], set = [], settle = [] }: EventChanges): void {
    for (const settled of settle) this.#settle(tenant, consumer, settled);
    for (const name of clear) this.#run("DELETE FROM subscriptions WHERE tenant = ? AND consumer = ? AND name = ?", tenant, consumer, name);
    for (const subscription of set) this.#subscribe(tenant, consumer, subscription);
    if (clear.length > 0) this.#dropUnwanted(tenant, consumer);
    if (settle.length > 0) this.#refill(tenant, consumer);
  }

  subscriptions(tenant: string, consumer: string): readonly Omit<Subscription, "early">[] {
    const sql = "SELECT name, type, source, path, value FROM subscriptions WHERE tenant = ? AND consumer = ? ORDER BY name";
    return this.#all(sql, tenant, consumer).map(toSubscription);
  }

  given(tenant: string, consumer: string, limit: number): readonly GivenEvent[] {
    return this.#all(
      "SELECT event, content FROM event_deliveries g JOIN events USING (event) WHERE g.tenant = ? AND consumer = ? ORDER BY event LIMIT ?",
      tenant,
      consumer,
      limit,
    ).map((row) => ({ event: Number(row["event"]), content: String(row["content"]) }));
  }

  consumers(after: EventConsumer | null, limit: number): readonly EventConsumer[] {
    return this.#all(
      "SELECT DISTINCT tenant, consumer FROM event_deliveries WHERE (tenant, consumer) > (?, ?) ORDER BY tenant, consumer LIMIT ?",
      after?.tenant ?? "",
      after?.consumer ?? "",
      limit,
    ).map((row) => ({ tenant: String(row["tenant"]), consumer: String(row["consumer"]) }));
  }

  paths(): readonly EventPath[] {
    return this.#all("SELECT tenant, type, path FROM event_paths").map((row) => ({
      tenant: String(row["tenant"]),
      type: row["type"] === any ? null : String(row["type"]),
      path: String(row["path"]),
    }));
  }

  list({ tenant, type, source, before, limit }: EventQuery): readonly KeptEvent[] {
    const conditions = ["tenant = ?"];
    const values: SQLInputValue[] = [tenant];
    const add = (condition: string, value: SQLInputValue | undefined): void => {
      if (value === undefined) return;
      conditions.push(condition);
      values.push(value);
    };
    add("type = ?", type);
    add("source = ?", source);
    add("event < ?", before);
    return this.#all(`SELECT * FROM events WHERE ${conditions.join(" AND ")} ORDER BY event DESC LIMIT ?`, ...values, limit).map(
      toKeptEvent,
    );
  }

  get(tenant: string, event: number): KeptEvent | null {
    const row = this.#all("SELECT * FROM events WHERE tenant = ? AND event = ?", tenant, event)[0];
    return row ? toKeptEvent(row) : null;
  }

  forget(before: Instant, limit: number): number {
    return inTransaction(this.#database, () => {
      const old = this.#all(
        `SELECT event FROM events WHERE received_at < ? AND NOT EXISTS (SELECT 1 FROM event_deliveries g WHERE g.event = events.event)
         ORDER BY received_at LIMIT ?`,
        before,
        limit,
      );
      for (const { event } of old) {
        this.#run("DELETE FROM event_keys WHERE event = ?", event as number);
        this.#run("DELETE FROM events WHERE event = ?", event as number);
      }
      return old.length;
    });
  }

  published(after: number, limit: number): readonly PublishedEvent[] {
    const sql = "SELECT position, tenant, content FROM published_events WHERE position > ? ORDER BY position LIMIT ?";
    return this.#all(sql, after, limit).map(toPublishedEvent);
  }

  sinkEvents(sink: string, limit: number): readonly PublishedEvent[] {
    const sql = "SELECT position, tenant, content FROM sink_events WHERE sink = ? ORDER BY position LIMIT ?";
    return this.#all(sql, sink, limit).map(toPublishedEvent);
  }

  forgetSinkEvents(sink: string, positions: readonly number[]): void {
    inTransaction(this.#database, () => {
      for (const position of positions) this.#run("DELETE FROM sink_events WHERE sink = ? AND position = ?", sink, position);
    });
  }

  #passOn(position: number, sinks: readonly string[]): void {
    const copy = `INSERT INTO sink_events (sink, position, tenant, content)
      SELECT ?, position, tenant, content FROM published_events WHERE position = ?`;
    for (const sink of sinks) this.#run(copy, sink, position);
    this.#run("DELETE FROM published_events WHERE position = ?", position);
  }

  #accept(event: NewEvent): AcceptedEvent {
    const { tenant, source, id, type, receivedAt, content, keys } = event;
    const known = this.#all("SELECT event FROM events WHERE tenant = ? AND source = ? AND id = ?", tenant, source, id)[0];
    if (known) return { event: Number(known["event"]), isDuplicate: true, consumers: [] };
    const number = this.#run(
      "INSERT INTO events (tenant, source, id, type, received_at, content) VALUES (?, ?, ?, ?, ?, ?)",
      tenant,
      source,
      id,
      type,
      receivedAt,
      content,
    );
    for (const { path, value } of keys)
      this.#run("INSERT INTO event_keys (tenant, path, value, event) VALUES (?, ?, ?, ?)", tenant, path, value, number);
    const consumers = this.#consumersOf(event);
    for (const consumer of consumers) this.#give(tenant, consumer, number);
    return { event: number, isDuplicate: false, consumers };
  }

  /** Whoever is still being given earlier events gets this one in its turn. */
  #consumersOf({ tenant, type, source, keys }: NewEvent): readonly string[] {
    const sql = `SELECT consumer FROM subscriptions
      WHERE tenant = ? AND type IN ('', ?) AND path = ? AND value = ? AND source IN ('', ?) AND more_after IS NULL`;
    const rows = [noKey, ...keys].flatMap(({ path, value }) => this.#all(sql, tenant, type, path, value, source));
    return [...new Set(rows.map((row) => String(row["consumer"])))];
  }

  #give(tenant: string, consumer: string, event: number): void {
    this.#run("INSERT INTO event_deliveries (tenant, consumer, event) VALUES (?, ?, ?) ON CONFLICT DO NOTHING", tenant, consumer, event);
  }

  #isGiven(tenant: string, consumer: string, event: number): boolean {
    return this.#all("SELECT 1 FROM event_deliveries WHERE tenant = ? AND consumer = ? AND event = ?", tenant, consumer, event).length > 0;
  }

  #settle(tenant: string, consumer: string, { event, consumed }: SettledEvent): void {
    this.#run("DELETE FROM event_deliveries WHERE tenant = ? AND consumer = ? AND event = ?", tenant, consumer, event);
    if (consumed) this.#run("UPDATE events SET consumed = 1 WHERE event = ? AND consumed = 0", event);
  }

  /** What waits for a consumer that waits for nothing any more is not for it. */
  #dropUnwanted(tenant: string, consumer: string): void {
    const sql = `DELETE FROM event_deliveries WHERE tenant = ?1 AND consumer = ?2
      AND NOT EXISTS (SELECT 1 FROM subscriptions WHERE tenant = ?1 AND consumer = ?2)`;
    this.#run(sql, tenant, consumer);
  }

  #subscribe(tenant: string, consumer: string, { name, type, source, key, early }: Subscription): void {
    const { path, value } = key ?? noKey;
    if (key) this.#knowPath(tenant, type ?? any, path);
    const before = this.#all("SELECT 1 FROM subscriptions WHERE tenant = ? AND consumer = ? AND name = ?", tenant, consumer, name);
    this.#run(
      `INSERT INTO subscriptions (tenant, consumer, name, type, source, path, value) VALUES (?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (tenant, consumer, name) DO UPDATE SET type = excluded.type, source = excluded.source, path = excluded.path, value = excluded.value`,
      tenant,
      consumer,
      name,
      type ?? any,
      source ?? any,
      path,
      value,
    );
    if (early && before.length === 0)
      this.#giveEarlier(tenant, consumer, { name, type: type ?? any, source: source ?? any, path, value }, 0);
  }

  #knowPath(tenant: string, type: string, path: string): void {
    this.#run(
      `INSERT INTO event_paths (tenant, type, path, since) VALUES (?, ?, ?, (SELECT coalesce(max(event), 0) + 1 FROM events))
       ON CONFLICT DO NOTHING`,
      tenant,
      type,
      path,
    );
  }

  /** The next events that were there before; where there may be more, that is noted. */
  #giveEarlier(tenant: string, consumer: string, wanted: Wanted, after: number): void {
    const earlier = this.#earlier(tenant, wanted, after);
    for (const event of earlier) this.#give(tenant, consumer, event);
    const last = earlier.length < eventPage ? null : (earlier.at(-1) ?? null);
    if (last === null && after === 0) return;
    const sql = "UPDATE subscriptions SET more_after = ? WHERE tenant = ? AND consumer = ? AND name = ?";
    this.#run(sql, last, tenant, consumer, wanted.name);
  }

  #earlier(tenant: string, { type, source, path, value }: Wanted, after: number): number[] {
    const fits = `e.tenant = ?1 ${type === any ? "" : "AND e.type = ?2"} ${source === any ? "" : "AND e.source = ?3"} AND e.consumed = 0 AND e.event > ?4`;
    const unkeyed = `SELECT e.event FROM events e WHERE ${fits}`;
    // Of the key's events, the few that fit; never of all that fit, those of the key.
    const keyed = `SELECT e.event FROM event_keys k CROSS JOIN events e ON e.event = k.event
      WHERE k.tenant = ?1 AND k.path = ?5 AND k.value = ?6 AND k.event > ?4 AND ${fits}
      UNION ${unkeyed} AND e.event < (SELECT since FROM event_paths WHERE tenant = ?1 AND type = ?2 AND path = ?5)`;
    const sql = path === "" ? `${unkeyed} AND ?5 = '' AND ?6 = '' AND ?2 IS NOT NULL AND ?3 IS NOT NULL` : `${keyed} AND ?3 IS NOT NULL`;
    return this.#all(`SELECT event FROM (${sql}) ORDER BY event LIMIT ?7`, tenant, type, source, after, path, value, eventPage).map((row) =>
      Number(row["event"]),
    );
  }

  /** Once all that was given is settled, the next ones follow. */
  #refill(tenant: string, consumer: string): void {
    const waiting =
      "SELECT name, type, source, path, value, more_after FROM subscriptions WHERE tenant = ? AND consumer = ? AND more_after IS NOT NULL";
    const open = this.#all(waiting, tenant, consumer);
    if (open.length === 0) return;
    if (this.#all("SELECT 1 FROM event_deliveries WHERE tenant = ? AND consumer = ? LIMIT 1", tenant, consumer).length > 0) return;
    for (const row of open) this.#giveEarlier(tenant, consumer, row as unknown as Wanted, Number(row["more_after"]));
  }

  /** Each statement is prepared once. */
  #statement(sql: string): StatementSync {
    const prepared = this.#statements.get(sql) ?? this.#database.prepare(sql);
    this.#statements.set(sql, prepared);
    return prepared;
  }

  #all(sql: string, ...values: readonly SQLInputValue[]): Row[] {
    return this.#statement(sql).all(...values);
  }

  /** The rowid of what was inserted. */
  #run(sql: string, ...values: readonly SQLInputValue[]): number {
    return Number(this.#statement(sql).run(...values).lastInsertRowid);
  }
}

/** A subscription as its row has it. */
interface Wanted {
  readonly name: string;
  readonly type: string;
  readonly source: string;
  readonly path: string;
  readonly value: string;
}

function toSubscription(row: Row): Omit<Subscription, "early"> {
  const { name, type, source, path, value } = row as unknown as Wanted;
  return { name, type: type === any ? null : type, source: source === any ? null : source, key: path === "" ? null : { path, value } };
}

function toPublishedEvent(row: Row): PublishedEvent {
  return { position: Number(row["position"]), tenant: String(row["tenant"]), content: String(row["content"]) };
}

function toKeptEvent(row: Row): KeptEvent {
  return {
    event: Number(row["event"]),
    tenant: String(row["tenant"]),
    source: String(row["source"]),
    id: String(row["id"]),
    type: String(row["type"]),
    receivedAt: Number(row["received_at"]),
    consumed: row["consumed"] === 1,
    content: String(row["content"]),
  };
}
