import { expect, test } from "vitest";
import { compileWorkflow, type FetchedResource } from "./index.ts";

const document = (schema: string): string => `document: { dsl: '1.0.3', namespace: n, name: f, version: '1.0.0' }
use: { secrets: [key] }
do:
  - a: { input: { schema: ${schema} }, set: { x: 1 } }
`;
const uri = "https://example.com/pet.json";
const named = document(`{ resource: { endpoint: '${uri}' } }`);

function compiled(text: string, fetched?: FetchedResource) {
  const result = compileWorkflow(text, fetched ? { resources: new Map([[uri, fetched]]) } : {});
  if (!result.ok) return result.diagnostics.map(({ rule, message }) => `${rule}: ${message}`);
  const [task] = result.workflow.do;
  return { needs: result.needs, problems: task?.input?.schema?.check({ id: "x" }).map(({ message }) => message) };
}

test("a schema that lies elsewhere is asked for, and takes everything until it is there", () => {
  expect(compiled(named)).toEqual({ needs: [{ uri }], problems: [] });
  const authentication = "authentication: { basic: { use: key } }";
  expect(compiled(document(`{ resource: { endpoint: { uri: '${uri}', ${authentication} } } }`))).toEqual({
    needs: [{ uri, authentication: { scheme: "basic", secret: "key" } }],
    problems: [],
  });
});

test("a schema that was fetched is used, JSON or YAML", () => {
  const json = '{ "properties": { "id": { "type": "integer" } } }';
  for (const text of [json, "properties: { id: { type: integer } }"]) {
    const result = compiled(named, { ok: true, text });
    expect(result).toMatchObject({ needs: [], problems: [expect.stringContaining("integer") as string] });
  }
});

test("what was fetched and is wrong, and what was not fetched, is told at the place that names it", () => {
  expect(compiled(named, { ok: true, text: '{\n  "type": "strng" }' })).toEqual([
    expect.stringContaining("invalid-schema: The schema that was fetched is wrong (line 2, column 11): ") as string,
  ]);
  expect(compiled(named, { ok: true, text: "{" })).toEqual([expect.stringContaining("invalid-schema") as string]);
  expect(compiled(named, { ok: false, detail: "it answered 404." })).toEqual([
    "resource-unavailable: The schema cannot be fetched: it answered 404.",
  ]);
});

test.each(["https://example.com/{id}", "${ .uri }", "https://example.com/${ .id }"])("the address %s is not written out", (endpoint) => {
  expect(compiled(document(`{ resource: { endpoint: '${endpoint}' } }`))).toEqual([
    "invalid-value: The schema is fetched when the flow is registered: there are no variables and expressions then",
  ]);
});
