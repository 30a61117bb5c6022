// Checks that a schema is one: every keyword's value has its form, every reference leads somewhere inside. What is
// wrong is reported at its place in the document, before any value is ever checked.
import { nearest } from "@baton/core";
import type { Context } from "../context.ts";
import { didYouMean, listOf } from "../read.ts";
import { describe, isText, type MappingNode, type SourceNode } from "../source/node.ts";
import { hasPrefixItems, type Dialect } from "./dialect.ts";
import { keywordForms, typeNames, type KeywordForm } from "./keywords.ts";
import { compilePattern } from "./pattern.ts";

/** Checks a schema and all those inside it. */
export function checkSchemaDocument(cx: Pick<Context, "problems">, node: SourceNode, dialect: Dialect): void {
  if (typeof node.json === "boolean") return;
  if (node.kind !== "mapping") return report(cx, node, `A schema must be a mapping, true or false, but is ${describe(node)}`);
  for (const { key, at, value } of node.entries.values()) {
    const form = formOf(key, dialect);
    if (form !== undefined) {
      checkForm(cx, key, form, value, dialect);
      continue;
    }
    // Keywords of one's own are allowed, so that only what looks mistyped is worth a word.
    const near = nearest(key, keywordForms.keys());
    const advice = near === undefined || key.length < 4 ? undefined : `did you mean \`${near}\`?`;
    if (advice !== undefined) cx.problems.add("unknown-keyword", at, value, `JSON Schema has no keyword \`${key}\`; it is ignored`, advice);
  }
}

function formOf(keyword: string, dialect: Dialect): KeywordForm | undefined {
  if (keyword === "items" && hasPrefixItems(dialect)) return "schema";
  if (keyword === "prefixItems" && !hasPrefixItems(dialect)) return "anything";
  return keywordForms.get(keyword);
}

function checkForm(cx: Pick<Context, "problems">, keyword: string, form: KeywordForm, node: SourceNode, dialect: Dialect): void {
  switch (form) {
    case "anything":
      return;
    case "schema":
      if (keyword === "items" && node.kind === "sequence")
        return report(cx, node, "`items` must be one schema", "in 2020-12 the schemas of a tuple are called `prefixItems`");
      return checkSchemaDocument(cx, node, dialect);
    case "schemas":
      return checkSchemas(cx, keyword, node, dialect);
    case "schema or schemas":
      return node.kind === "sequence"
        ? node.items.forEach((item) => checkSchemaDocument(cx, item, dialect))
        : checkSchemaDocument(cx, node, dialect);
    case "schema map":
    case "pattern map":
    case "dependencies":
      return checkMap(cx, keyword, form, node, dialect);
    case "text lists":
      return withMapping(cx, keyword, node, (map) => map.entries.forEach(({ key, value }) => checkTexts(cx, key, value)));
    case "texts":
      return checkTexts(cx, keyword, node);
    case "types":
      return checkTypes(cx, node);
    case "pattern":
      return checkPattern(cx, node);
    case "list":
      return node.kind === "sequence" ? undefined : wrongForm(cx, keyword, node, "a list");
    case "text":
      return isText(node) ? undefined : wrongForm(cx, keyword, node, "a text");
    case "boolean":
      return typeof node.json === "boolean" ? undefined : wrongForm(cx, keyword, node, "true or false");
    case "count":
      return isCount(node.json) ? undefined : wrongForm(cx, keyword, node, "a whole number from 0");
    case "number":
      return typeof node.json === "number" ? undefined : wrongForm(cx, keyword, node, "a number");
    case "positive number":
      return typeof node.json === "number" && node.json > 0 ? undefined : wrongForm(cx, keyword, node, "a number greater than 0");
  }
}

function checkSchemas(cx: Pick<Context, "problems">, keyword: string, node: SourceNode, dialect: Dialect): void {
  if (node.kind !== "sequence" || node.items.length === 0) return wrongForm(cx, keyword, node, "a list of schemas");
  node.items.forEach((item) => checkSchemaDocument(cx, item, dialect));
}

function checkMap(cx: Pick<Context, "problems">, keyword: string, form: KeywordForm, node: SourceNode, dialect: Dialect): void {
  withMapping(cx, keyword, node, (map) => {
    for (const { key, at, value } of map.entries.values()) {
      const problem = form === "pattern map" ? patternProblem(key) : undefined;
      if (problem !== undefined) cx.problems.add("invalid-schema", at, value, problem);
      if (form === "dependencies" && value.kind === "sequence") checkTexts(cx, key, value);
      else checkSchemaDocument(cx, value, dialect);
    }
  });
}

function withMapping(cx: Pick<Context, "problems">, keyword: string, node: SourceNode, check: (map: MappingNode) => void): void {
  if (node.kind === "mapping") check(node);
  else wrongForm(cx, keyword, node, "a mapping");
}

function checkTexts(cx: Pick<Context, "problems">, keyword: string, node: SourceNode): void {
  if (node.kind !== "sequence") return wrongForm(cx, keyword, node, "a list of names");
  for (const item of node.items) if (!isText(item)) wrongForm(cx, keyword, item, "a list of names");
}

function checkTypes(cx: Pick<Context, "problems">, node: SourceNode): void {
  const names = node.kind === "sequence" ? node.items : [node];
  for (const name of names) {
    if (isText(name) && typeNames.includes(name.json)) continue;
    const advice = (isText(name) && didYouMean(name.json, typeNames)) || `the types are ${listOf(typeNames)}`;
    report(cx, name, `${isText(name) ? `\`${name.json}\`` : describe(name)} is not a type of JSON`, advice);
  }
}

function checkPattern(cx: Pick<Context, "problems">, node: SourceNode): void {
  if (!isText(node)) return wrongForm(cx, "pattern", node, "a regular expression");
  const problem = patternProblem(node.json);
  if (problem !== undefined) report(cx, node, problem);
}

function patternProblem(source: string): string | undefined {
  const pattern = compilePattern(source);
  return pattern.ok ? undefined : `\`${source}\` is not a regular expression: ${pattern.error}`;
}

function isCount(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= 0;
}

function wrongForm(cx: Pick<Context, "problems">, keyword: string, node: SourceNode, wanted: string): void {
  report(cx, node, `\`${keyword}\` must be ${wanted}, but is ${describe(node)}`);
}

function report(cx: Pick<Context, "problems">, node: SourceNode, message: string, suggestion?: string): void {
  const at = node.json === null ? node.label : node;
  cx.problems.add("invalid-schema", at, node, message, suggestion);
}
