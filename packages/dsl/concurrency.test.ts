// What `metadata.baton.concurrency` of a document becomes.
import { expect, test } from "vitest";
import { compileWorkflow } from "./index.ts";

function ruleOf(concurrency: unknown): unknown {
  const document = { dsl: "1.0.3", namespace: "a", name: "b", version: "1.0.0", metadata: { baton: { concurrency } } };
  const result = compileWorkflow(JSON.stringify({ document, do: [{ one: { set: { x: 1 } } }] }));
  return result.ok ? result.workflow.concurrency : result.diagnostics.map(({ message }) => message);
}

test("all of it may be left out, and nothing of it need be a constant", () => {
  expect(ruleOf({})).toEqual({ limit: 1, onConflict: "wait" });
  expect(ruleOf({ key: "${ .customer }", limit: 3, onConflict: "replace" })).toMatchObject({
    key: { kind: "expression" },
    limit: 3,
    onConflict: "replace",
  });
  expect(ruleOf({ key: 7 })).toMatchObject({ key: { kind: "constant", value: 7 } });
});

test("a key must tell one from another", () => {
  expect(ruleOf({ key: "" })).toEqual(["`key` must be a text or a number"]);
  expect(ruleOf({ key: { a: 1 } })).toEqual(["`key` must be a text or a number"]);
});
