import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import type { ErrorDefinition, RaiseTask, Task, Template, Workflow } from "@baton/dsl";
import { buildWorkflow } from "../testing/build.ts";
import { attempt, raise } from "../testing/specs.ts";
import { Scenario, scenario } from "../testing/scenario.ts";

const value = (constant: Json): Template => ({ kind: "constant", value: constant });
const given: Template = {
  kind: "expression",
  expression: {
    source: ".given",
    freeVariables: new Set(),
    cardinality: "one",
    first: (input) => (input as { given: Json }).given,
    all: (input) => [(input as { given: Json }).given],
  },
};

/** A workflow whose only task raises what the definition says. */
function raising(error: ErrorDefinition, input: Json = {}): Scenario {
  const workflow = buildWorkflow([raise("fail", "urn:placeholder")]);
  const task: RaiseTask = { ...(workflow.do[0] as RaiseTask), error };
  const changed: Workflow = { ...workflow, do: [task], tasks: new Map<string, Task>([[task.reference, task]]) };
  return new Scenario(changed).start(input);
}

test("the error is as defined, its instance the raising task", () => {
  const run = raising({ type: value("urn:stock"), status: value(409), title: value("Out of stock"), detail: value("none left") });
  expect(run.view.error).toEqual({ type: "urn:stock", status: 409, title: "Out of stock", detail: "none left", instance: "/do/0/fail" });
  expect(run.view.status).toBe("faulted");
});

test("a definition may name its instance", () => {
  expect(raising({ type: value("urn:a"), status: value(400), instance: value("/here") }).view.error?.instance).toBe("/here");
});

test("a standard type stays as it is written, under whichever base", () => {
  const type = "https://serverlessworkflow.io/spec/1.0.0/errors/timeout";
  expect(raising({ type: value(type), status: value(408) }).view.error?.type).toBe(type);
});

test("expressions give title and detail; what is not text is written as JSON, null is left out", () => {
  const base = { type: value("urn:a"), status: value(400) };
  expect(raising({ ...base, title: given }, { given: "text" }).view.error?.title).toBe("text");
  expect(raising({ ...base, detail: given }, { given: { a: 1 } }).view.error?.detail).toBe('{"a":1}');
  expect(raising({ ...base, title: given }, { given: null }).view.error).toEqual({ type: "urn:a", status: 400, instance: "/do/0/fail" });
});

test("a type that is no text and a status that is no integer are expression errors", () => {
  expect(raising({ type: given, status: value(400) }, { given: 5 }).error).toBe("expression 400 at /do/0/fail");
  expect(raising({ type: value("urn:a"), status: given }, { given: 4.5 }).error).toBe("expression 400 at /do/0/fail");
});

test("what is raised can be caught by its type", () => {
  const flow = (type: string) => [attempt("try", [raise("fail", "urn:a")], { with: { type } })];
  expect(scenario(flow("urn:a")).view.status).toBe("completed");
  expect(scenario(flow("urn:b")).view.status).toBe("faulted");
});
