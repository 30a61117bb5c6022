// A schema of a document, checked now and compiled when its first value comes.
import { err, isObject, ok, type Json, type JsonObject, type Result } from "@baton/core";
import type { Context } from "../context.ts";
import type { SchemaCheck } from "../ir.ts";
import { Problems } from "../problems.ts";
import { listOf } from "../read.ts";
import { parseJsonText } from "../source/json.ts";
import { SourceText } from "../source/text.ts";
import { parseYaml } from "../source/yaml.ts";
import { isText, type SourceNode, type TextNode } from "../source/node.ts";
import { checkSchemaDocument } from "./check-document.ts";
import { defaultDialect, dialectOfFormat, dialectOfUri, uriOfDialect, dialects, type Dialect } from "./dialect.ts";
import { findPlaces, referenceKeywords, resolveReference } from "./references.ts";
import { compileValidator } from "./validate.ts";

/** All that checking a schema needs: where to report. */
export type SchemaContext = Pick<Context, "problems">;

/** Compiles a schema that is written in a document, in the dialect that its format or its `$schema` names. */
export function compileSchema(cx: SchemaContext, node: SourceNode, format: TextNode | undefined): SchemaCheck {
  const dialect = dialectOf(cx, node, format);
  checkSchemaDocument(cx, node, dialect);
  checkReferences(cx, node);
  const document = node.json;
  let validate: ReturnType<typeof compileValidator> | undefined;
  const uri = uriOfDialect(dialect);
  return {
    document,
    ...(uri !== undefined && { dialect: uri }),
    check: (value) => (validate ??= compileValidator(document, dialect))(value),
  };
}

/** Compiles a schema that was fetched. What is wrong with it is reported where the document names it, with its own place. */
export function compileSchemaText(
  cx: SchemaContext,
  node: SourceNode,
  text: string,
  format: TextNode | undefined,
): SchemaCheck | undefined {
  const problems = new Problems();
  const source = new SourceText(text);
  const root = /^\s*[{[]/.test(text) ? parseJsonText(text, problems) : parseYaml(text, problems);
  const check = root && compileSchema({ problems }, root, format);
  const first = problems.diagnostics(source, root).find(({ severity }) => severity === "error");
  if (first === undefined) return check;
  const message = `The schema that was fetched is wrong (line ${first.start.line}, column ${first.start.column}): ${first.message}`;
  cx.problems.add("invalid-schema", node, node, message, first.suggestion);
  return undefined;
}

/** Compiles a schema that stands for itself; or says what is wrong with it. */
export function compileJsonSchema(schema: Json): Result<SchemaCheck, string> {
  const problems = new Problems();
  const source = new SourceText(JSON.stringify(schema, null, 2));
  const root = parseJsonText(source.text, problems);
  const check = root && compileSchema({ problems }, root, undefined);
  const first = problems.diagnostics(source, root).find(({ severity }) => severity === "error");
  if (check !== undefined && first === undefined) return ok(check);
  return err(first === undefined ? "it is no JSON" : `${first.message}${first.suggestion === undefined ? "" : ` (${first.suggestion})`}`);
}

function dialectOf(cx: SchemaContext, node: SourceNode, format: TextNode | undefined): Dialect {
  const own = node.kind === "mapping" ? node.entries.get("$schema")?.value : undefined;
  const [named, dialect] =
    own !== undefined && isText(own) ? [own, dialectOfUri(own.json)] : [format, format && dialectOfFormat(format.json)];
  if (named === undefined) return defaultDialect;
  if (dialect === undefined) {
    const advice = `the dialects are ${listOf(dialects)}; write \`json\` for ${defaultDialect}`;
    cx.problems.add("invalid-schema", named, named, `\`${named.json}\` is not a dialect of JSON Schema that is known`, advice);
  }
  return dialect ?? defaultDialect;
}

/** Reports the references that lead nowhere in the document. */
function checkReferences(cx: SchemaContext, root: SourceNode): void {
  const places = findPlaces(root.json);
  const visit = (node: SourceNode): void => {
    if (node.kind === "sequence") node.items.forEach(visit);
    if (node.kind !== "mapping") return;
    for (const { key, value } of node.entries.values()) {
      if (key === "enum" || key === "const") continue;
      if (referenceKeywords.includes(key) && isText(value)) checkReference(cx, places, node.json, key, value);
      visit(value);
    }
  };
  visit(root);
}

function checkReference(
  cx: SchemaContext,
  places: ReturnType<typeof findPlaces>,
  holder: JsonObject,
  keyword: string,
  node: TextNode,
): void {
  if (keyword === "$dynamicRef" && places.ids.size > 1) {
    const message = "`$dynamicRef` in a schema with several `$id`s is not supported";
    return cx.problems.add("invalid-schema", node, node, message, "write `$ref`");
  }
  const target = resolveReference(places, holder, node.json);
  if (target !== undefined && (isObject(target) || typeof target === "boolean")) return undefined;
  const local = node.json.startsWith("#");
  const message = local ? `\`${node.json}\` leads nowhere in this schema` : `\`${node.json}\` lies outside this schema; nothing is fetched`;
  const advice = local ? 'a reference inside the schema is written "#/$defs/name"' : "copy the schema into `$defs`, and refer to it there";
  return cx.problems.add("invalid-schema", node, node, message, advice);
}
