import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { compileWorkflow, formatDiagnostic, rules, unsupportedFeatures } from "./index.ts";

// Each document of testdata is wrong in one way, at many places; beside it lies what is said of it, word for word.
const folder = new URL("testdata/", import.meta.url);
const documents = readdirSync(folder).filter((name) => /\.(?:yaml|json)$/.test(name));

const findings = (file: string, text: string) => {
  const result = compileWorkflow(text, { file });
  return { ok: result.ok, found: result.ok ? result.warnings : result.diagnostics };
};

test.each(documents)("%s is told what is wrong with it", async (file) => {
  const text = readFileSync(new URL(file, folder), "utf8");
  const { ok, found } = findings(file, text);
  const lines = found.map((diagnostic) => `${formatDiagnostic(text, file, diagnostic)}\n`);
  const verdict = ok ? "accepted" : "refused";
  await expect(`${lines.join("\n")}\n${verdict}\n`).toMatchFileSnapshot(`testdata/${file}.txt`);
});

const allFindings = documents.flatMap((file) => findings(file, readFileSync(new URL(file, folder), "utf8")).found);

// Limits need documents too large to keep; limits.test.ts makes them. Resources are fetched; see resources.test.ts and external-functions.test.ts.
const shownElsewhere = [
  "document-too-large",
  "nesting-too-deep",
  "too-many-tasks",
  "too-many-aliased-values",
  "too-many-problems",
  "resource-unavailable",
  "invalid-function",
  "awaited-function",
];

test("every rule is shown by a document", () => {
  const shown = new Set([...allFindings.map(({ rule }) => rule), ...shownElsewhere]);
  expect([...shown].sort()).toEqual(Object.keys(rules).sort());
});

test("every feature that is not supported yet is refused by name in a document", () => {
  const messages = allFindings.filter(({ rule }) => rule === "not-yet-supported").map(({ message }) => message);
  for (const name of Object.values(unsupportedFeatures)) expect(messages.some((message) => message.startsWith(name))).toBe(true);
});

test("a diagnostic's pointer leads to its value", () => {
  const text = '{"document":{"dsl":"1.0.3","namespace":"a","name":"b","version":"1.0.0"},"do":[{"a/b":{"set":{"x":"${ .x"}}}]}';
  expect(findings("a.json", text).found).toMatchObject([{ rule: "invalid-expression", pointer: "/do/0/a~1b/set/x", start: { line: 1 } }]);
});
