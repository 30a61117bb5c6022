import { expect, test } from "vitest";
import { broughtByWorkers, compileFunction, compileWorkflow, functionAt, type FetchedResource } from "./index.ts";

const document = (name: string, catalogs = ""): string => `document: { dsl: '1.0.3', namespace: n, name: f, version: '1.0.0' }
${catalogs}
do:
  - a: { call: '${name}', with: { x: 1 } }
`;

function compiled(text: string, resources: { [uri: string]: string } = {}) {
  const fetched = Object.entries(resources).map(([uri, source]): [string, FetchedResource] => [uri, { ok: true, text: source }]);
  const result = compileWorkflow(text, { resources: new Map(fetched) });
  if (!result.ok) return result.diagnostics.map(({ rule, message, suggestion }) => [rule, message, suggestion]);
  const [task] = result.workflow.do;
  const call = task?.kind === "call" && task.call.kind === "function" ? task.call : undefined;
  return { needs: result.needs.map(({ uri }) => uri), function: call && [call.name, call.task.kind, call.task.reference] };
}

const needs = (name: string, catalogs?: string): unknown => compiled(document(name, catalogs));

test.each([
  ["https://example.com/f.yaml", "https://example.com/f.yaml"],
  ["https://example.com/f/1.0.0", "https://example.com/f/1.0.0/function.yaml"],
  [
    "https://github.com/o/r/tree/main/functions/log/1.0.0",
    "https://raw.githubusercontent.com/o/r/refs/heads/main/functions/log/1.0.0/function.yaml",
  ],
  ["https://github.com/o/r/validate@v1.0.0", "https://raw.githubusercontent.com/o/r/refs/tags/v1.0.0/validate/function.yaml"],
  ["https://gitlab.com/g/p/-/blob/main/f/function.yaml", "https://gitlab.com/g/p/-/raw/main/f/function.yaml"],
  ["file:///f/function.yaml", "file:///f/function.yaml"],
])("the function %s lies at %s", (name, uri) => {
  expect(needs(name)).toEqual({ needs: [uri], function: undefined });
});

test("a function of a catalog lies in its folder", () => {
  const uri = "https://example.com/c/functions/log/1.0.0/function.yaml";
  expect(needs("log:1.0.0@all", "use: { catalogs: { all: { endpoint: { uri: 'https://example.com/c/' } } } }")).toEqual({ needs: [uri] });
  const github = "use: { catalogs: { all: { endpoint: { uri: 'https://github.com/o/r' } } } }";
  expect(needs("log:1.0.0@all", github)).toEqual({
    needs: ["https://raw.githubusercontent.com/o/r/HEAD/functions/log/1.0.0/function.yaml"],
  });
});

test("a function that was fetched is compiled under the call", () => {
  const uri = "https://example.com/f.yaml";
  expect(compiled(document(uri), { [uri]: "set: { y: '${ .x }' }" })).toEqual({ needs: [], function: [uri, "set", "/do/0/a"] });
});

test("functions that lie elsewhere may call one another, but not themselves", () => {
  const [a, b] = ["https://example.com/a.yaml", "https://example.com/b.yaml"] as const;
  expect(compiled(document(a), { [a]: `call: ${b}` })).toMatchObject({ needs: [b] });
  expect(compiled(document(a), { [a]: `call: ${b}`, [b]: `call: ${a}` })).toEqual([
    [
      "invalid-function",
      expect.stringContaining(`Functions cannot call themselves: ${a} -> ${b} -> ${a}`) as string,
      expect.any(String) as string,
    ],
  ]);
});

test("a function that is wrong, and a catalog that is not there, are told at the call", () => {
  const uri = "https://example.com/f.yaml";
  expect(compiled(document(uri), { [uri]: "input: {}\nsett: { y: 1 }" })).toEqual([
    ["invalid-function", `The function \`${uri}\` is wrong (line 2, column 1): \`sett\` is not a kind of task`, "did you mean `set`?"],
  ]);
  expect(needs("log:1.0.0@al", "use: { catalogs: { all: { endpoint: { uri: 'https://example.com/c/' } } } }")).toEqual([
    ["unknown-reference", "There is no catalog `al`", "did you mean `all`?"],
  ]);
});

test("the catalog `default` is the runtime's own, unless the document defines one of that name", () => {
  const uri = "catalog:functions/log/1.0.0/function.yaml";
  expect(needs("log:1.0.0@default")).toEqual({ needs: [uri] });
  expect(functionAt(uri)).toEqual({ name: "log", version: "1.0.0" });
  expect(functionAt("https://example.com/functions/log/1.0.0/function.yaml")).toBeUndefined();
  expect(compiled(document("log:1.0.0@default"), { [uri]: "set: { y: 1 }" })).toMatchObject({
    function: ["log:1.0.0@default", "set", "/do/0/a"],
  });
  const own = "use: { catalogs: { default: { endpoint: { uri: 'https://example.com/c' } } } }";
  expect(needs("log:1.0.0@default", own)).toEqual({ needs: ["https://example.com/c/functions/log/1.0.0/function.yaml"] });
});

test("code that workers bring is called by its name and version, with what its metadata says of the job", () => {
  const uri = "catalog:functions/log/1.0.0/function.yaml";
  const fetched = new Map<string, FetchedResource>([[uri, { ok: true, text: broughtByWorkers, warning: "nobody has it" }]]);
  const text = document("log:1.0.0@default").replace("with: {", "metadata: { baton: { priority: 7 } }, with: {");
  expect(compileWorkflow(text, { resources: fetched })).toMatchObject({
    ok: true,
    workflow: {
      do: [
        {
          call: { kind: "code", function: "log", version: "1.0.0" },
          placement: { entries: [["priority", { kind: "constant", value: 7 }]] },
        },
      ],
    },
    warnings: [{ rule: "awaited-function", message: "The function `log:1.0.0@default` is awaited: nobody has it" }],
    needs: [],
  });
  // The same text from elsewhere is a document, and a wrong one.
  expect(compiled(document("https://example.com/f.yaml"), { "https://example.com/f.yaml": broughtByWorkers })).toMatchObject([
    ["invalid-function", expect.any(String), undefined],
  ]);
});

test.each([
  ["log:1@default", '"1" is not a semantic version, such as 1.0.0'],
  ["lo_g:1.0.0@default", '"lo_g" is not a function\'s name: use letters, digits and hyphens, at most 63'],
])("%s cannot be in the default catalog", (name, message) => {
  expect(needs(name)).toEqual([["invalid-value", message, undefined]]);
});

test("a function is checked by itself, with places in its own text", () => {
  expect(compileFunction("input: { schema: { document: { type: object } } }\nset: { y: '${ .x }' }\n")).toEqual({
    ok: true,
    warnings: [],
    needs: [],
  });
  expect(compileFunction("call: log:1.0.0@default")).toMatchObject({
    ok: true,
    needs: [{ uri: "catalog:functions/log/1.0.0/function.yaml" }],
  });
  const wrong = compileFunction("set:\n  y: '${ .x | }'\n");
  expect(wrong).toMatchObject({
    ok: false,
    diagnostics: [{ rule: "invalid-expression", pointer: "/set/y", start: { line: 2, column: 15 } }],
  });
  expect(compileFunction("call: greet")).toMatchObject({ ok: false, diagnostics: [{ rule: "unknown-reference" }] });
  expect(compileFunction("document: { name: x }\ndo: []")).toMatchObject({ ok: false });
});
