// What becomes of data that enters and leaves (dsl-reference.md, "Input", "Output", "Export", "Schema").
import { child, type Context } from "./context.ts";
import { readResource } from "./endpoint.ts";
import { readExpressionOrMapping, type Site } from "./expressions.ts";
import type { InputRule, OutputRule, SchemaCheck } from "./ir.ts";
import { optional, present, readExclusive, readShape, readText, reportMissingKeys } from "./read.ts";
import { resourceText } from "./resources.ts";
import { compileSchema, compileSchemaText } from "./schema/compile.ts";
import type { SourceNode, TextNode } from "./source/node.ts";
import { refuse } from "./unsupported.ts";

/** Reads `input`. */
export function readInput(cx: Context, node: SourceNode, what: string, site: Site): InputRule | undefined {
  const map = readShape(cx, node, { what, keys: ["schema", "from"] });
  if (map === undefined) return undefined;
  return present<InputRule>({
    schema: optional(map, "schema", (schema) => readSchema(cx, schema, site)),
    from: optional(map, "from", (from) => readExpressionOrMapping(cx, from, "`from`", site)),
  });
}

/** Reads `output` or `export`. */
export function readOutput(cx: Context, node: SourceNode, what: string, site: Site): OutputRule | undefined {
  const map = readShape(cx, node, { what, keys: ["schema", "as"] });
  if (map === undefined) return undefined;
  return present<OutputRule>({
    schema: optional(map, "schema", (schema) => readSchema(cx, schema, site)),
    as: optional(map, "as", (as) => readExpressionOrMapping(cx, as, "`as`", site)),
  });
}

function readSchema(cx: Context, node: SourceNode, site: Site): SchemaCheck | undefined {
  const map = readShape(cx, node, { what: "a schema", keys: ["format", "document", "resource"] });
  if (map === undefined) return undefined;
  const format = optional(map, "format", (format) => readText(cx, format, "`format`"));
  if (format !== undefined && !/^json(?::.*)?$/.test(format.json)) {
    refuse(cx, "schema.format", format, format, `\`${format.json}\``);
    return undefined;
  }
  const found = readExclusive(cx, map, "a schema", ["document", "resource"]);
  if (found === undefined) reportMissingKeys(cx, map, { what: "a schema", keys: [], required: ["document"] });
  const document = child(map, "document");
  if (document !== undefined) return compileSchema(cx, document, format);
  return optional(map, "resource", (resource) => readSchemaResource(cx, resource, format, site));
}

/** A schema that lies elsewhere; one that is still to be fetched takes everything. */
function readSchemaResource(cx: Context, node: SourceNode, format: TextNode | undefined, site: Site): SchemaCheck {
  const text = resourceText(cx, node, readResource(cx, node, "a schema's `resource`", site), "The schema");
  return (text === undefined ? undefined : compileSchemaText(cx, node, text, format)) ?? { document: {}, check: () => [] };
}
