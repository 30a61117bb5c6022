// `call: openapi` (dsl-reference.md, "OpenAPI Call"). The document is fetched when the call is made: what it says of the
// operation is checked then.
import { readAuthentication } from "../authentication.ts";
import { child, type Context } from "../context.ts";
import { readResource } from "../endpoint.ts";
import { readTemplate, readTextTemplate, type Site } from "../expressions.ts";
import type { OpenApiCall } from "../ir.ts";
import { lacks, optional, present, readBoolean, readChoice, readMapping, readShape, readText } from "../read.ts";
import type { MappingNode } from "../source/node.ts";

const noDocument: OpenApiCall["document"] = { endpoint: { kind: "uri", parts: [] } };

/** Reads the arguments of an OpenAPI call. */
export function readOpenApiCall(cx: Context, task: MappingNode, site: Site): OpenApiCall | undefined {
  const node = child(task, "with");
  if (node === undefined) {
    if (lacks(cx, task, "with"))
      cx.problems.add("missing-key", task.label, task, "An OpenAPI call needs the key `with`, with `document` and `operationId` in it");
    return undefined;
  }
  const keys = ["document", "operationId", "parameters", "authentication", "output", "redirect"];
  const map = readShape(cx, node, { what: "the `with` of an OpenAPI call", keys, required: ["document", "operationId"] });
  if (map === undefined) return undefined;
  const operationId = optional(map, "operationId", (id) => readText(cx, id, "`operationId`"));
  return present<OpenApiCall>({
    kind: "openapi",
    document: optional(map, "document", (document) => readResource(cx, document, "`document`", site)) ?? noDocument,
    operationId: operationId ? readTextTemplate(cx, operationId, site) : { kind: "constant", value: null },
    parameters: optional(map, "parameters", (given) => readMapping(cx, given, "`parameters`") && readTemplate(cx, given, site)),
    authentication: optional(map, "authentication", (policy) => readAuthentication(cx, policy, site)),
    output: optional(map, "output", (output) => readChoice(cx, output, "`output`", ["raw", "content", "response"])) ?? "content",
    redirect: optional(map, "redirect", (redirect) => readBoolean(cx, redirect, "`redirect`")) ?? false,
  });
}
