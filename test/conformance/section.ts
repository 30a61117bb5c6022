// The form in which the suite is written: the specification's sections, and for each of its sentences that binds a runtime
// what it demands, in our words, with a check that really runs a flow. The page docs/reference/conformance.md and the tests
// are both made from it.
import { expect } from "vitest";
import { compileWorkflow } from "@baton/dsl";
import type { Json } from "@baton/core";
import { compiled, headed, runFlow, type World } from "./run-flow.ts";

/** Runs a flow and fails unless the sentence holds. */
export type Check = () => void | Promise<void>;

/** A section of one of the specification's two texts. */
export interface Section {
  readonly text: "dsl.md" | "dsl-reference.md";
  readonly title: string;
  readonly sentences: Readonly<Record<string, Check>>;
}

/** Sentences of a section of dsl.md. */
export function dsl(title: string, sentences: Section["sentences"]): Section {
  return { text: "dsl.md", title, sentences };
}

/** Sentences of a section of dsl-reference.md. */
export function reference(title: string, sentences: Section["sentences"]): Section {
  return { text: "dsl-reference.md", title, sentences };
}

/** A standard error type as it is written today. */
export const standard = (kind: string): string => `https://open-workflow-specification.org/spec/1.0.0/errors/${kind}`;

/** A call whose answer the check gives. */
export const call = "{ call: http, with: { method: get, endpoint: https://service.test } }";

/** The output of a flow that completes. */
export function output(text: string, world: World = {}): Json {
  const { run } = runFlow(text, world);
  if (run.status !== "completed") throw new Error(`the run is ${run.status}: ${JSON.stringify(run.error)}`);
  return run.output;
}

/** The error of a flow that faults. */
export function error(text: string, world: World = {}): Json {
  const { run } = runFlow(text, world);
  expect(run.status).toBe("faulted");
  return (run.error ?? null) as Json;
}

/** The names of the steps of a flow, in the order of their starting. */
export function names(text: string, world: World = {}): string[] {
  return runFlow(text, world).run.steps.map(({ name }) => name);
}

/** Expects a document to be accepted. */
export function accepts(text: string): void {
  compiled(text);
}

/** Expects a document to be refused, with this rule. */
export function refuses(text: string, rule: string): void {
  const result = compileWorkflow(headed(text));
  const rules = result.ok ? ["accepted"] : result.diagnostics.map((diagnostic) => diagnostic.rule);
  expect(rules).toContain(rule);
}
