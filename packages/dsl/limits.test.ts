import { expect, test } from "vitest";
import type { JsonObject } from "@baton/core";
import { compileDefinition, compileWorkflow, type Diagnostic } from "./index.ts";
import { maxAliasedValues, maxDiagnostics, maxDocumentLength, maxNesting, maxTasks } from "./limits.ts";

const header = "document: { dsl: '1.0.3', namespace: test, name: limits, version: '0.1.0' }\n";
const document = { dsl: "1.0.3", namespace: "test", name: "limits", version: "0.1.0" };

const rulesOf = (text: string, format?: "json"): string[] => {
  const result = compileWorkflow(text, format === undefined ? {} : { format });
  return result.ok ? [] : result.diagnostics.map(({ rule }) => rule);
};

test("a document has a greatest length", () => {
  expect(rulesOf(header.padEnd(maxDocumentLength + 1, "#"))).toEqual(["document-too-large"]);
});

test.each(["[", "- ", "{a: ", "? "])("values cannot be nested too deep in YAML, here by %j", (opening) => {
  expect(rulesOf(header + "do:\n " + opening.repeat(100_000))).toEqual(["nesting-too-deep"]);
});

test("values cannot be nested too deep in JSON", () => {
  expect(rulesOf("[".repeat(maxNesting) + "]".repeat(maxNesting), "json")).toEqual(["wrong-type"]);
  expect(rulesOf("[".repeat(500_000), "json")).toEqual(["nesting-too-deep"]);
});

test("aliases cannot blow a document up", () => {
  const levels = Array.from(
    { length: 20 },
    (_, i) => `x${i}: &x${i} [${Array.from({ length: 10 }, () => (i === 0 ? "1" : `*x${i - 1}`)).join(", ")}]`,
  );
  const text = `${header}do:\n  - a:\n      set:\n${levels.map((level) => `        ${level}\n`).join("")}`;
  expect(rulesOf(text)).toContain("too-many-aliased-values");
  expect(maxAliasedValues).toBeLessThan(100_000);
});

const tasks = (count: number) => Array.from({ length: count }, (_, i) => ({ [`task${i}`]: { set: { a: 1 } } }));

test("a workflow has a greatest number of tasks", () => {
  expect(compileDefinition({ document, do: tasks(maxTasks) }).ok).toBe(true);
  expect(compileDefinition({ document, do: tasks(maxTasks + 1) })).toMatchObject({ diagnostics: [{ rule: "too-many-tasks" }] });
});

test("functions that call each other twice count once for each call", () => {
  const levels = Array.from({ length: 30 }, (_, i) => {
    const call = i === 0 ? { set: { a: 1 } } : { call: `f${i - 1}` };
    return [`f${i}`, { do: [{ one: call }, { two: call }] }] as const;
  });
  const definition = { document, use: { functions: Object.fromEntries(levels) }, do: [{ start: { call: "f29" } }] };
  expect(compileDefinition(definition)).toMatchObject({ diagnostics: [{ rule: "too-many-tasks" }] });
});

test("a text that is hopeless is not read to its end", () => {
  const result = compileWorkflow("}\n".repeat(200_000));
  expect(result).toMatchObject({ ok: false });
  expect(!result.ok && result.diagnostics.length).toBeLessThanOrEqual(maxDiagnostics + 1);
});

const diagnosticsOf = (definition: JsonObject): readonly Diagnostic[] => {
  const result = compileDefinition(definition);
  return result.ok ? result.warnings : result.diagnostics;
};

test("the list of problems ends with the word that there are more, and warnings never hide errors", () => {
  const unknown = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`unknown${i}`, 1]));
  const several = Object.fromEntries(Array.from({ length: 500 }, (_, i) => [`key${i}`, "${ .a[] }"]));
  const warnings = diagnosticsOf({ document, do: [{ a: { set: several } }] });
  expect(warnings.map(({ severity }) => severity)).not.toContain("error");
  expect(warnings).toHaveLength(maxDiagnostics + 1);
  const both = diagnosticsOf({ document, do: [{ a: { set: several } }], ...unknown });
  expect(both.filter(({ rule }) => rule === "unknown-key")).toHaveLength(maxDiagnostics);
  expect(both.filter(({ rule }) => rule === "too-many-problems")).toHaveLength(2);
});
