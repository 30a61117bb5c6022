// Finding an operation by its id, and everything of its document that a call of it needs to know.
import { isArray, isObject, nearest, type Json, type JsonObject } from "@baton/core";
import { shownUri } from "../resources/faults.ts";
import type { Documents, Located, Source } from "./document.ts";
import { callFault, documentFault, Unusable } from "./fault.ts";

/** Where a parameter goes. */
export type Place = "path" | "query" | "header" | "cookie" | "body" | "formData";

/** A parameter as the document describes it, references followed. */
export interface Parameter {
  readonly name: string;
  readonly in: Place;
  readonly required: boolean;
  /** The whole description, for what depends on the version. */
  readonly description: JsonObject;
  /** Its schema; of version 2.0, the description itself. */
  readonly schema: JsonObject;
}

/** An operation with what stands around it. */
export interface Operation {
  readonly id: string;
  /** Major version of the document. */
  readonly version: 2 | 3;
  readonly method: string;
  readonly path: string;
  readonly definition: Located;
  readonly item: Located;
  readonly root: Located;
  readonly parameters: readonly Parameter[];
}

const methods = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/** Headers that a document may not describe as parameters (OpenAPI 3.1, "Parameter Object"). */
const ignoredHeaders = new Set(["accept", "content-type", "authorization"]);

/** Finds an operation; throws Unusable where the document has none of that name, or several. */
export async function findOperation(documents: Documents, id: string): Promise<Operation> {
  const root = await documents.first();
  const version = versionOf(root);
  const found: Omit<Operation, "parameters">[] = [];
  const names: string[] = [];
  for (const [path, entry] of Object.entries(isObject(root.value["paths"]) ? root.value["paths"] : {})) {
    const item = await documents.resolve(entry, root.source);
    for (const method of item === undefined ? [] : methods) {
      const definition = await documents.resolve(item?.value[method], item?.source ?? root.source);
      const name = definition?.value["operationId"];
      if (typeof name === "string") names.push(name);
      if (name === id && item && definition) found.push({ id, version, method: method.toUpperCase(), path, definition, item, root });
    }
  }
  const [operation, second] = found;
  if (operation === undefined) throw unknown(id, names, root.source);
  if (second !== undefined) throw ambiguous(operation, second);
  return { ...operation, parameters: await parametersOf(documents, operation) };
}

function versionOf({ value, source }: Located): 2 | 3 {
  if (value["swagger"] === "2.0") return 2;
  const version = value["openapi"];
  if (typeof version === "string" && /^3\.[01](\.|$)/.test(version)) return 3;
  const said = version ?? value["swagger"];
  const what =
    said === undefined
      ? "is not an OpenAPI document: it has neither `openapi` nor `swagger`."
      : `is of version ${JSON.stringify(said)}; known are 2.0, 3.0 and 3.1.`;
  throw new Unusable(documentFault(shownUri(source.uri), what));
}

function unknown(id: string, names: readonly string[], source: Source): Unusable {
  const near = nearest(id, names);
  const advice =
    near === undefined ? `It has ${names.length} ${names.length === 1 ? "operation" : "operations"}.` : `Did you mean "${near}"?`;
  return new Unusable(callFault(id, `the document ${shownUri(source.uri)} has no operation of this name. ${advice}`));
}

function ambiguous(first: Omit<Operation, "parameters">, second: Omit<Operation, "parameters">): Unusable {
  const [a, b] = [first, second].map(({ method, path }) => `${method} ${path}`);
  return new Unusable(documentFault(shownUri(first.root.source.uri), `names two operations "${first.id}": ${a} and ${b}.`));
}

/** The parameters of the operation, and of its path where the operation does not have them itself. */
async function parametersOf(documents: Documents, { item, definition, id }: Omit<Operation, "parameters">): Promise<Parameter[]> {
  const byName = new Map<string, Parameter>();
  for (const { value, source } of [item, definition]) {
    for (const entry of isArray(value["parameters"]) ? value["parameters"] : []) {
      const parameter = readParameter(await documents.resolve(entry, source), id);
      const schema = await documents.resolve(parameter.description["schema"], source);
      if (parameter.in === "header" && ignoredHeaders.has(parameter.name.toLowerCase())) continue;
      byName.set(`${parameter.in} ${parameter.name}`, schema ? { ...parameter, schema: schema.value } : parameter);
    }
  }
  return [...byName.values()];
}

const places: readonly string[] = ["path", "query", "header", "cookie", "body", "formData"] satisfies readonly Place[];

function readParameter(found: Located | undefined, operation: string): Parameter {
  const value = found?.value ?? {};
  const { name, in: place } = value as { readonly name?: Json; readonly in?: Json };
  if (typeof name !== "string" || typeof place !== "string" || !places.includes(place))
    throw new Unusable(callFault(operation, "the document describes a parameter without a name, or at a place that does not exist."));
  return { name, in: place as Place, required: value["required"] === true || place === "path", description: value, schema: value };
}
