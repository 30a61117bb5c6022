// What a call of a worker's function amounts to: its input, its key, and what the metadata says of its job.
import { expect, test } from "vitest";
import { broughtByWorkers, compileWorkflow } from "@baton/dsl";
import type { FunctionWork } from "./index.ts";
import { World } from "./testing/world.ts";

const uri = "catalog:functions/square/1.0.0/function.yaml";

function workOf(task: string, header = ""): { readonly workId: string; readonly work: FunctionWork } {
  const text = `document: { dsl: '1.0.3', namespace: n, name: f, version: '1.0.0'${header} }\ndo: [a: { call: 'square:1.0.0@default'${task} }]\n`;
  const compiled = compileWorkflow(text, { resources: new Map([[uri, { ok: true as const, text: broughtByWorkers }]]) });
  if (!compiled.ok) throw new Error(compiled.diagnostics.map(({ message }) => message).join());
  const { workflow } = compiled;
  const world = new World({ ...workflow, former: [] });
  world.send({ type: "StartRun", runId: "run_1", tenant: "t", workflow, input: { n: 3 }, depth: 0 });
  const [effect] = world.pending;
  if (effect?.type !== "performWork" || effect.work.kind !== "function") throw new Error("Expected a call of a function.");
  return { workId: effect.workId, work: effect.work };
}

test("its input is the evaluated arguments, or else the step's input", () => {
  expect(workOf(", with: { x: '${ .n }' }").work).toEqual({
    kind: "function",
    function: "square",
    version: "1.0.0",
    input: { x: 3 },
    placement: {},
  });
  expect(workOf("").work.input).toEqual({ n: 3 });
});

test("an author's key goes to the function; the job's own key names the attempt", () => {
  const { work, workId } = workOf(", metadata: { baton: { idempotencyKey: '${ .n }' } }");
  expect([work.idempotencyKey, workId]).toEqual(["3", "run_1:1"]);
});

test("what a task's metadata says of its job goes before what the document's says", () => {
  const header = ", metadata: { baton: { priority: 10, queue: slow } }";
  expect(workOf(", metadata: { baton: { priority: 90, labels: { zone: a } } }", header).work.placement).toEqual({
    priority: 90,
    queue: "slow",
    labels: { zone: "a" },
  });
});
