// What becomes of data that enters and leaves (dsl-reference.md, "Input", "Output", "Export", "Schema").
import { child, type Context } from "./context.ts";
import { readExpressionOrMapping, type Site } from "./expressions.ts";
import type { InputRule, OutputRule, SchemaCheck } from "./ir.ts";
import { optional, present, readExclusive, readShape, readText, reportMissingKeys } from "./read.ts";
import { compileSchema } from "./schema/compile.ts";
import type { SourceNode } from "./source/node.ts";
import { refuse } from "./unsupported.ts";

/** Reads `input`. */
export function readInput(cx: Context, node: SourceNode, what: string, site: Site): InputRule | undefined {
  const map = readShape(cx, node, { what, keys: ["schema", "from"] });
  if (map === undefined) return undefined;
  return present<InputRule>({
    schema: optional(map, "schema", (schema) => readSchema(cx, schema)),
    from: optional(map, "from", (from) => readExpressionOrMapping(cx, from, "`from`", site)),
  });
}

/** Reads `output` or `export`. */
export function readOutput(cx: Context, node: SourceNode, what: string, site: Site): OutputRule | undefined {
  const map = readShape(cx, node, { what, keys: ["schema", "as"] });
  if (map === undefined) return undefined;
  return present<OutputRule>({
    schema: optional(map, "schema", (schema) => readSchema(cx, schema)),
    as: optional(map, "as", (as) => readExpressionOrMapping(cx, as, "`as`", site)),
  });
}

function readSchema(cx: Context, node: SourceNode): SchemaCheck | undefined {
  const map = readShape(cx, node, { what: "a schema", keys: ["format", "document", "resource"] });
  if (map === undefined) return undefined;
  const format = optional(map, "format", (format) => readText(cx, format, "`format`"));
  if (format !== undefined && !/^json(?::.*)?$/.test(format.json)) {
    refuse(cx, "schema.format", format, format, `\`${format.json}\``);
    return undefined;
  }
  const resource = map.entries.get("resource");
  if (resource !== undefined) refuse(cx, "schema.resource", resource.at, resource.value);
  const found = readExclusive(cx, map, "a schema", ["document", "resource"]);
  if (found === undefined) reportMissingKeys(cx, map, { what: "a schema", keys: [], required: ["document"] });
  const document = child(map, "document");
  return document && compileSchema(cx, document, format);
}
