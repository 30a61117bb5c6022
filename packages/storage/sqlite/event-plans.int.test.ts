// How SQLite finds events: by an index, in their order, however many there are.
import { readMigrations, migrate } from "./migrations.ts";
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { expect, test } from "vitest";
import type { NewEvent, Subscription } from "../event-port.ts";
import { EventTable } from "./event-table.ts";

/** A database that knows what was asked of it. */
class Listening extends DatabaseSync {
  readonly asked: string[] = [];

  override prepare(sql: string): StatementSync {
    this.asked.push(sql);
    return super.prepare(sql);
  }
}

const tenant = "acme";
const key = { path: ".data.order", value: "7" };
const event: NewEvent = { tenant, source: "/shop", id: "1", type: "paid", receivedAt: 10, content: "{}", keys: [key] };

function useEverything(events: EventTable): void {
  for (const type of ["paid", null])
    for (const source of ["/shop", null])
      for (const wanted of [key, null]) {
        const one: Subscription = { name: "s", type, source, key: wanted, early: true };
        events.change(tenant, { consumer: `${type} ${source} ${wanted?.value}`, set: [one] });
      }
  const [accepted] = events.accept([event], [1]);
  const settle = [{ event: accepted?.event ?? 0, consumed: true }];
  events.refuses(tenant, [{ consumer: "null null undefined", settle }]);
  events.change(tenant, { consumer: "null null undefined", settle, clear: ["s"] });
  events.given(tenant, "null null undefined", 10);
  events.consumers(null, 10);
  events.list({ tenant, limit: 10 });
  events.list({ tenant, limit: 10, before: 5, type: "paid", source: "/shop" });
  events.get(tenant, 1);
  events.accept([], [2], ["broker"]);
  events.published(0, 10);
  events.sinkEvents("broker", 10);
  events.forgetSinkEvents("broker", [2]);
  events.forget(100, 10);
}

test("nothing is looked for without an index, and events of a tenant are in their order without sorting", () => {
  const database = new Listening(":memory:");
  migrate(database, readMigrations());
  database.asked.length = 0;
  useEverything(new EventTable(database));
  const plans = [...new Set(database.asked)].map((sql) => {
    const steps = database.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
    return { sql, steps: steps.map(({ detail }) => String(detail)) };
  });
  expect(plans.length).toBeGreaterThan(20);
  const scans = plans.filter(({ steps }) => steps.some((step) => /^SCAN (?!\(subquery|\d|published_events)/.test(step)));
  expect(scans).toEqual([]);
  const sorts = plans.filter(({ sql, steps }) => !sql.includes("event_keys") && steps.some((step) => step.includes("TEMP B-TREE")));
  expect(sorts).toEqual([]);
  const byKey = plans.filter(({ sql }) => sql.includes("event_keys k"));
  expect(byKey.length).toBe(4);
  for (const { steps } of byKey) {
    const reads = steps.filter((step) => step.startsWith("SEARCH"));
    expect(reads[0]).toMatch(/^SEARCH k USING COVERING INDEX event_keys_by_value \(tenant=\? AND path=\? AND value=\? AND event>\?\)/);
  }
  database.close();
});
