// Finds runs: filters and orders become SQL, a page at a time.
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { newestFirst, type RunFilter } from "../filter/filter.ts";
import type { RunQuery } from "../port.ts";
import { attributeKeysSql, filterSql, orderSql, requiredAttribute, type Sql } from "./filter-sql.ts";

/** Forms of queries that are kept prepared; a new one takes the oldest one's place. */
const maxPrepared = 100;

/** So many runs are sorted faster than all runs are walked through. */
const rareRuns = 5_000;

/** Queries over the table of runs. */
export class RunFinder {
  readonly #database: DatabaseSync;
  readonly #columns: string;
  readonly #prepared = new Map<string, StatementSync>();

  constructor(database: DatabaseSync, columns: string) {
    this.#database = database;
    this.#columns = columns;
  }

  find(query: RunQuery): Record<string, SQLOutputValue>[] {
    const { by } = orderSql(query.order ?? newestFirst);
    const rare = this.#rareKeys(query.filter);
    const conditions = [...(rare ? [rare] : []), ...conditionsOf(query)];
    const where = conditions.map(({ text }) => text).join(" AND ");
    // Without indexes the few runs with the attribute are looked up by their keys, and then sorted.
    const statement = this.#prepare(`SELECT ${this.#columns} FROM runs ${rare ? "NOT INDEXED" : ""} WHERE ${where} ORDER BY ${by} LIMIT ?`);
    return statement.all(...conditions.flatMap(({ values }) => values), query.limit);
  }

  count(query: Omit<RunQuery, "limit">): number {
    const conditions = conditionsOf({ ...query, limit: 0 });
    const where = conditions.map(({ text }) => text).join(" AND ");
    const statement = this.#prepare(`SELECT count(*) AS found FROM runs WHERE ${where}`);
    return Number(statement.get(...conditions.flatMap(({ values }) => values))?.["found"]);
  }

  /** Where the filter asks for an attribute that few runs have: that a run is one of those. */
  #rareKeys(filter: RunFilter | undefined): Sql | undefined {
    const asked = filter && requiredAttribute(filter);
    if (asked === undefined) return undefined;
    const { text, values } = attributeKeysSql(asked);
    const few = this.#prepare(`SELECT count(*) AS found FROM (${text} LIMIT ${rareRuns + 1})`);
    const found = Number(few.get(...values)?.["found"]);
    return found <= rareRuns ? { text: `runs.run_key IN (${text})`, values } : undefined;
  }

  /** Queries differ by what is asked for; each form is prepared once. */
  #prepare(sql: string): StatementSync {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const [oldest] = this.#prepared.keys();
    if (this.#prepared.size >= maxPrepared && oldest !== undefined) this.#prepared.delete(oldest);
    const prepared = this.#database.prepare(sql);
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function conditionsOf({ tenant, status, namespace, workflow, filter, order = newestFirst, after, afterValue }: RunQuery): Sql[] {
  const conditions: Sql[] = [{ text: "runs.tenant = ?", values: [tenant] }];
  for (const [column, value] of Object.entries({ status, namespace, workflow }))
    if (value !== undefined) conditions.push({ text: `runs.${column} = ?`, values: [value] });
  if (after !== undefined) conditions.push({ text: orderSql(order).behind, values: [...behindValue(order.field, afterValue), after] });
  if (filter !== undefined) conditions.push(filterSql(filter));
  return conditions;
}

function behindValue(field: string, afterValue: string | number | undefined): (string | number)[] {
  return field === "id" || afterValue === undefined ? [] : [afterValue];
}
