// What a job's constraints say of a node, apart from room: one small function per filter. Each gives undefined where the
// node passes, else the detail that keeps it away, which explanations count.
import { unreachable } from "@baton/core";
import type { Constraints, LabelTerm, NodeSpec, Taint } from "../types.ts";

/** The pool and the zone of nodes that name none. */
export const defaultPool = "default";
export const defaultZone = "default";

/** A filter that a node failed, and by what. */
export interface FilterFailure {
  readonly filter: string;
  readonly detail: string;
}

type Filter = (constraints: Constraints, node: NodeSpec) => string | undefined;

const filters: { readonly [name: string]: Filter } = {
  pool: ({ pools }, node) => outside(pools, node.pool ?? defaultPool, "pool"),
  zone: ({ zones }, node) => outside(zones, node.zone ?? defaultZone, "zone"),
  label: ({ labels }, node) => {
    const failed = labels?.find((term) => !holds(term, node));
    return failed && describeTerm(failed);
  },
  taint: (constraints, node) => {
    const failed = node.taints?.find((taint) => taint.effect === "no-schedule" && !tolerates(constraints, taint));
    return failed && describeTaint(failed);
  },
};

const noConstraints: Constraints = {};

/** The first filter that keeps a job with these constraints from a node; undefined where none does. */
export function failedFilter(constraints: Constraints | undefined, node: NodeSpec): FilterFailure | undefined {
  for (const filter in filters) {
    const detail = (filters[filter] as Filter)(constraints ?? noConstraints, node);
    if (detail !== undefined) return { filter, detail };
  }
  return undefined;
}

/** How much a job would like a node: the weights of the preferences that hold, less one for each mark that asks to stay away. */
export function preferenceOf(constraints: Constraints | undefined, node: NodeSpec): number {
  let sum = 0;
  for (const wish of constraints?.prefer ?? []) if (holds(wish, node)) sum += wish.weight;
  for (const taint of node.taints ?? []) if (taint.effect === "prefer-not" && !tolerates(constraints ?? noConstraints, taint)) sum--;
  return sum;
}

/** Whether a condition holds for the labels of a node. */
export function holds(term: LabelTerm, node: NodeSpec): boolean {
  const value = node.labels?.[term.key];
  switch (term.operator) {
    case "in":
      return value !== undefined && term.values.includes(value);
    case "not-in":
      return value === undefined || !term.values.includes(value);
    case "exists":
      return value !== undefined;
    case "absent":
      return value === undefined;
    default:
      return unreachable(term);
  }
}

/** A condition, as people write it. */
export function describeTerm(term: LabelTerm): string {
  return term.operator === "in" || term.operator === "not-in"
    ? `${term.key} ${term.operator} (${term.values.join(", ")})`
    : `${term.key} ${term.operator}`;
}

/** The keys of node labels that these constraints look at. */
export function labelKeysOf(constraints: Constraints): string[] {
  return [...(constraints.labels ?? []), ...(constraints.prefer ?? [])].map((term) => term.key);
}

function outside(allowed: readonly string[] | undefined, actual: string, what: string): string | undefined {
  return allowed === undefined || allowed.includes(actual) ? undefined : `${what} is ${actual}`;
}

function tolerates(constraints: Constraints, taint: Taint): boolean {
  return (constraints.tolerations ?? []).some((t) => t.key === taint.key && (t.value === undefined || t.value === taint.value));
}

function describeTaint(taint: Taint): string {
  return taint.value === undefined ? taint.key : `${taint.key}=${taint.value}`;
}
