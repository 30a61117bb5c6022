// Filters as SQL. Every value is a parameter; what is put together are fixed pieces alone.
//
// Each comparison is true or false, never NULL: what a run does not have makes it false, so that NOT turns it around.
import type { Comparison, Operator, OrderField, RunFilter, RunOrder, TextColumn, TimeColumn } from "../filter/filter.ts";
import { notYet } from "../filter/filter.ts";

/** A condition, or an order's column, with the values of its parameters in their order. */
export interface Sql {
  readonly text: string;
  readonly values: readonly (string | number)[];
}

const columns: { readonly [C in TextColumn | TimeColumn]: string } = {
  id: "runs.id",
  status: "runs.status",
  reason: "runs.reason",
  namespace: "runs.namespace",
  workflow: "runs.workflow",
  version: "runs.version",
  parentId: "runs.parent_id",
  forkedFrom: "runs.forked_from",
  incident: "runs.incident",
  startedAt: "runs.started_at",
  endedAt: "runs.ended_at",
};

const nullable = new Set<string>(["reason", "parentId", "forkedFrom", "incident", "endedAt"]);

const orderColumns: { readonly [F in OrderField]: string } = {
  id: "runs.id",
  startedAt: "runs.started_at",
  endedAt: `coalesce(runs.ended_at, ${notYet})`,
  workflow: "runs.workflow",
  status: "runs.status",
};

/** The condition that a filter is. */
export function filterSql(filter: RunFilter): Sql {
  switch (filter.kind) {
    case "and":
    case "or": {
      const parts = filter.parts.map(filterSql);
      const text = parts.map((part) => part.text).join(filter.kind === "and" ? " AND " : " OR ");
      return { text: `(${text})`, values: parts.flatMap((part) => part.values) };
    }
    case "not": {
      const { text, values } = filterSql(filter.part);
      return { text: `NOT ${text}`, values };
    }
    default:
      return comparisonSql(filter);
  }
}

function comparisonSql(comparison: Comparison): Sql {
  switch (comparison.kind) {
    case "text":
      return guarded(comparison.column, textSql(columns[comparison.column], comparison));
    case "time":
      return guarded(comparison.column, plain(columns[comparison.column], comparison.operator, comparison.value));
    case "duration": {
      const { operator, now, value } = comparison;
      return { text: `(coalesce(runs.ended_at, ?) - runs.started_at ${sqlOperator(operator)} ?)`, values: [now, value] };
    }
    case "tag":
      return tagSql(comparison.name, textSql("tag_value", comparison));
    case "attribute":
      return attributeSql(comparison.name, attributeTest(comparison));
    case "has":
      if (comparison.of === "column") return { text: `(${columns[comparison.column]} IS NOT NULL)`, values: [] };
      return comparison.of === "tag" ? tagSql(comparison.name, always) : attributeSql(comparison.name, always);
  }
}

const always: Sql = { text: "1", values: [] };

function guarded(column: TextColumn | TimeColumn, { text, values }: Sql): Sql {
  return nullable.has(column) ? { text: `(${columns[column]} IS NOT NULL AND ${text})`, values } : { text: `(${text})`, values };
}

function textSql(
  column: string,
  { operator, value, pattern }: { readonly operator: Operator; readonly value: string; readonly pattern: boolean },
): Sql {
  if (operator === ":") return { text: `instr(${column}, ?) > 0`, values: [value] };
  if (!pattern) return plain(column, operator, value);
  return { text: `${column} ${operator === "!=" ? "NOT GLOB" : "GLOB"} ?`, values: [globOf(value)] };
}

/** What GLOB takes as it is, but for the stars. */
function globOf(pattern: string): string {
  return pattern.replaceAll(/[[?]/g, "[$&]");
}

function plain(column: string, operator: Operator, value: string | number): Sql {
  return { text: `${column} ${sqlOperator(operator)} ?`, values: [value] };
}

function sqlOperator(operator: Operator): string {
  return operator === "!=" ? "<>" : operator;
}

function tagSql(name: string, { text, values }: Sql): Sql {
  const same = "t.tenant = runs.tenant AND t.namespace = runs.namespace AND t.name = runs.workflow AND t.version = runs.version";
  return { text: `EXISTS (SELECT 1 FROM definition_tags t WHERE ${same} AND tag = ? AND ${text})`, values: [name, ...values] };
}

type AttributeTest = Extract<Comparison, { kind: "attribute" }>;

function attributeTest(comparison: AttributeTest): Sql {
  const { operator, value, pattern } = comparison;
  if (typeof value === "string") return withKind("text", textSql("value", { operator, value, pattern }));
  if (typeof value === "number") return withKind("number", plain("value", operator, value));
  return withKind("boolean", plain("value", operator, value ? 1 : 0));
}

function withKind(kind: string, { text, values }: Sql): Sql {
  return { text: `kind = '${kind}' AND ${text}`, values };
}

/** An attribute without which no run fits the filter. */
export function requiredAttribute(filter: RunFilter): AttributeTest | undefined {
  if (filter.kind === "attribute") return filter;
  if (filter.kind !== "and") return undefined;
  return filter.parts.find((part) => part.kind === "attribute");
}

/** The keys of the runs that have it. */
export function attributeKeysSql(comparison: AttributeTest): Sql {
  const { text, values } = attributeTest(comparison);
  return { text: `SELECT run_key FROM run_attributes WHERE attribute = ? AND ${text}`, values: [comparison.name, ...values] };
}

function attributeSql(name: string, { text, values }: Sql): Sql {
  const own = "a.run_key = runs.run_key AND attribute = ?";
  return {
    text: `EXISTS (SELECT 1 FROM run_attributes a INDEXED BY run_attributes_by_run WHERE ${own} AND ${text})`,
    values: [name, ...values],
  };
}

/** The end of a query: the order, and what lies behind the run that a page ended with. */
export function orderSql({ field, descending }: RunOrder): { readonly by: string; readonly column: string; readonly behind: string } {
  const column = orderColumns[field];
  const direction = descending ? "DESC" : "ASC";
  const sign = descending ? "<" : ">";
  if (field === "id") return { by: `runs.id ${direction}`, column, behind: `runs.id ${sign} ?` };
  return { by: `${column} ${direction}, runs.id ${direction}`, column, behind: `(${column}, runs.id) ${sign} (?, ?)` };
}
