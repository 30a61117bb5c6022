// A scope of its own, for tests of what evaluates in one; and expressions over it.
import { seededRandom, type Json } from "@baton/core";
import type { Template } from "@baton/dsl";
import type { Expression } from "@baton/expr";
import type { Scope } from "../scope.ts";
import { buildWorkflow, failing } from "./build.ts";
import { beginning } from "./world.ts";

/** The scope of a task that sees nothing in particular. */
export function someScope(own: Partial<Scope> = {}): Scope {
  return {
    workflow: buildWorkflow([]),
    run: { id: "run_1", raw: null, startedAt: beginning, depth: 0 },
    facts: { now: beginning, random: seededRandom(1), runtime: { name: "baton", version: "test", metadata: {} }, secret: () => undefined },
    now: beginning,
    instance: "/do/0/a",
    context: null,
    input: null,
    output: null,
    variables: [],
    task: null,
    ...own,
  };
}

/** An expression without variables that gives these results. */
export function giving(results: (input: Json) => readonly Json[], source = "test"): Expression {
  return {
    source,
    freeVariables: new Set(),
    cardinality: "any",
    first: (input) => failing(() => results(input)[0]),
    all: (input) => failing(() => [...results(input)]),
  };
}

/** A template of one such expression. */
export function computed(result: (input: Json) => Json): Template {
  return { kind: "expression", expression: giving((input) => [result(input)]) };
}

/** A template of a constant. */
export function fixed(value: Json): Template {
  return { kind: "constant", value };
}
