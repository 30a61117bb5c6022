// How SQLite finds jobs: by an index, in their order, however many there are.
import { DatabaseSync, type StatementSync } from "node:sqlite";
import { expect, test } from "vitest";
import { JobTable } from "./job-table.ts";
import { migrate, readMigrations } from "./migrations.ts";
import { WebhookTable } from "./webhook-table.ts";

/** A database that knows what was asked of it. */
class Listening extends DatabaseSync {
  readonly asked: string[] = [];

  override prepare(sql: string): StatementSync {
    this.asked.push(sql);
    return super.prepare(sql);
  }
}

function plansOf(use: (jobs: JobTable) => void): readonly { readonly sql: string; readonly steps: readonly string[] }[] {
  const database = new Listening(":memory:");
  migrate(database, readMigrations());
  const webhooks = new WebhookTable(database);
  database.asked.length = 0;
  use(new JobTable(database, webhooks));
  const asked = [...new Set(database.asked)].filter((sql) => /^(SELECT|UPDATE|DELETE)/.test(sql));
  return asked.map((sql) => ({
    sql,
    steps: database
      .prepare(`EXPLAIN QUERY PLAN ${sql}`)
      .all()
      .map(({ detail }) => String(detail)),
  }));
}

const some = { tenant: "t", limit: 10 };
const statuses = ["failed", "cancelled", "lost", "completed", "running"];

test("nothing is looked for without an index, and nothing is sorted", () => {
  const plans = plansOf((jobs) => {
    for (const status of [undefined, ...statuses])
      for (const queue of [undefined, "default", "night"])
        for (const graph of [undefined, "g"])
          for (const place of [{}, { before: "j" }, { after: "j" }])
            jobs.list({ ...some, ...place, ...(status && { status }), ...(queue && { queue }), ...(graph && { graph }) });
  });
  expect(plans.length).toBeGreaterThan(60);
  expect(plans.filter(({ steps }) => steps.some((step) => /^SCAN|TEMP B-TREE/.test(step)))).toEqual([]);
});

test.each<[string, object, string]>([
  ["what did not complete", { status: "failed" }, "jobs_troubled (tenant=? AND status=?)"],
  ["what did not complete, before one", { status: "lost", before: "j" }, "jobs_troubled (tenant=? AND status=? AND id<?)"],
  ["a queue of its own", { queue: "night" }, "jobs_by_queue (tenant=? AND queue=?)"],
  ["a graph", { graph: "g" }, "jobs_by_graph (tenant=? AND graph=?)"],
  ["all that there are", {}, "jobs_by_id (tenant=?)"],
])("%s is found by what few have", (_, query, index) => {
  const [plan] = plansOf((jobs) => void jobs.list({ ...some, ...query })).slice(-1);
  expect(plan?.steps).toEqual([`SEARCH jobs USING INDEX ${index}`]);
});
