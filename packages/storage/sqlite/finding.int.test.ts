// The store on disk and the store in memory find the same runs, whatever is asked for: random runs, filters, orders, pages.
import * as fc from "fast-check";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { definition, start, summary, tenant } from "../contract/samples.ts";
import { orderValue } from "../filter/match.ts";
import { parseRunFilter, parseRunOrder } from "../filter/parse.ts";
import { openMemoryStore } from "../memory/memory-store.ts";
import type { Commit, RunQuery, RunSummary, Store } from "../port.ts";
import { openSqliteStore } from "./sqlite-store.ts";

const root = mkdtempSync(join(tmpdir(), "baton-finding-"));
const numRuns = Number(process.env["BATON_PROPERTY_RUNS"] ?? 30);
const now = 10_000;
const word = fc.constantFrom("a", "ab", "b", "B", "a*b", "[a]", "?", "ä", "\u{1F600}", "\uFFFD", "10", "true", "");
const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const instant = fc.integer({ min: 0, max: now });
const attribute = fc.oneof(word, fc.constantFrom(0, 1, -1, 10, 0.1, 1e21), fc.boolean());
const status = fc.constantFrom("running", "waiting", "completed", "faulted");

const changes: fc.Arbitrary<Partial<RunSummary>> = fc.record({
  status,
  reason: maybe(word),
  namespace: fc.constantFrom("shop", "depot"),
  workflow: fc.constantFrom("order", "refund"),
  startedAt: instant,
  endedAt: maybe(instant),
  parentId: maybe(word),
  incident: maybe(word),
});
const attributes = fc.dictionary(fc.constantFrom("x", "y", "z"), attribute, { maxKeys: 3 });

const quoted = (text: string): string => JSON.stringify(text);
const pattern = fc.array(fc.constantFrom("*", "a", "b", "[a]", "?", "ä"), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));
const textOperator = fc.constantFrom("=", "!=", ":");
const operator = fc.constantFrom("=", "!=", "<", "<=", ">", ">=");
const textValue = fc.oneof(word.map(quoted), pattern, fc.constant("*"));
const time = instant.map((at) => new Date(at).toISOString());
const comparison = fc.oneof(
  fc.tuple(fc.constantFrom("reason", "namespace", "flow", "parent", "incident"), textOperator, textValue),
  fc.tuple(fc.constant("status"), fc.constantFrom("=", "!="), status),
  fc.tuple(fc.constantFrom("startedAt", "endedAt"), operator, time),
  fc.tuple(fc.constantFrom("endedAt", "reason", "tags.t", "attributes.x"), fc.constant(":"), fc.constant("*")),
  fc.tuple(
    fc.constantFrom("duration", "age"),
    operator,
    instant.map((ms) => `${ms}ms`),
  ),
  fc.tuple(fc.constantFrom("tags.t", "tags.u"), textOperator, textValue),
  fc.tuple(
    fc.constantFrom("attributes.x", "attributes.y"),
    operator,
    attribute.filter((value) => typeof value !== "boolean").map((value) => JSON.stringify(value)),
  ),
  fc.tuple(fc.constantFrom("attributes.x", "attributes.y"), textOperator, fc.oneof(textValue, fc.constantFrom("true", "false"))),
);
const { filter } = fc.letrec<{ filter: string }>((tie) => ({
  filter: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    comparison.map((parts) => parts.join(" ")),
    tie("filter").map((inner) => `NOT (${inner})`),
    fc
      .tuple(fc.constantFrom(" AND ", " OR "), fc.array(tie("filter"), { minLength: 2, maxLength: 3 }))
      .map(([join, parts]) => parts.map((part) => `(${part})`).join(join)),
  ),
}));
const order = fc
  .tuple(fc.constantFrom("id", "startedAt", "endedAt", "flow", "status"), fc.constantFrom("asc", "desc"))
  .map((parts) => parts.join(" "));

let folders = 0;
const stores: Store[] = [];
afterAll(async () => {
  for (const store of stores) await store.close();
  rmSync(root, { recursive: true, force: true });
});

/** All pages of a query, walked to the end. */
async function pages(store: Store, query: RunQuery): Promise<string[]> {
  const ids: string[] = [];
  let page = await store.listRuns(query);
  while (page.length > 0) {
    ids.push(...page.map((run) => run.id));
    const last = page.at(-1) as RunSummary;
    page = await store.listRuns({ ...query, after: last.id, ...(query.order && { afterValue: orderValue(query.order, last) }) });
  }
  return ids;
}

test("both stores find the same", async () => {
  const sqlite = await openSqliteStore({ folder: join(root, `data-${++folders}`) });
  const memory = openMemoryStore();
  stores.push(sqlite, memory);
  let ids = 0;
  let found = 0;
  for (const store of [sqlite, memory]) await store.putDefinition(definition("order", "1.0.0", { tags: { t: "ab", u: "[a]" } }));
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(changes, attributes), { minLength: 1, maxLength: 5 }),
      fc.array(fc.tuple(filter, order), { minLength: 10, maxLength: 10 }),
      async (runs, queries) => {
        const batch = runs.map(([change, own]): Commit => {
          const id = `run_${String(++ids).padStart(6, "0")}`;
          return start(id, { summary: summary(id, change), attributes: own });
        });
        for (const store of [sqlite, memory]) await store.commit(batch);
        for (const [text, by] of queries) {
          const [where, sorted] = [parseRunFilter(text, now), parseRunOrder(by)];
          if (!where.ok || !sorted.ok) throw new Error(`${text} ${by}`);
          const query = { tenant, limit: 7, filter: where.value, order: sorted.value };
          const expected = await pages(memory, query);
          found += expected.length;
          expect([text, by, await pages(sqlite, query)]).toEqual([text, by, expected]);
        }
      },
    ),
    { numRuns },
  );
  expect(found).toBeGreaterThan(100);
});
