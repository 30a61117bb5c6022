// Finds runs: filters and orders become SQL, a page at a time.
import type { DatabaseSync, SQLOutputValue, StatementSync } from "node:sqlite";
import { newestFirst } from "../filter/filter.ts";
import type { RunQuery } from "../port.ts";
import { filterSql, orderSql, type Sql } from "./filter-sql.ts";

/** Forms of queries that are kept prepared; a new one takes the oldest one's place. */
const maxPrepared = 100;

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
    const conditions = conditionsOf(query);
    const where = conditions.map(({ text }) => text).join(" AND ");
    const statement = this.#prepare(`SELECT ${this.#columns} FROM runs WHERE ${where} ORDER BY ${by} LIMIT ?`);
    return statement.all(...conditions.flatMap(({ values }) => values), query.limit);
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
