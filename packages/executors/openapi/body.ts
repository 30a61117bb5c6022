// What an operation's body is made of: the value `body`, or the values that are named like its fields; of version 2.0,
// the parameter in `body` or the ones in `formData`.
import { isArray, isObject, type Json, type JsonObject } from "@baton/core";
import type { Arguments } from "./arguments.ts";
import { chooseType, encodeContent, hasFields, type Payload } from "./content.ts";
import type { Documents, Located } from "./document.ts";
import { callFault, documentFault, Unusable } from "./fault.ts";
import type { Operation } from "./operation.ts";

/** The key under which a call gives the whole body. */
const wholeBody = "body";

/** The body of a call; undefined: it has none. */
export async function bodyOf(documents: Documents, operation: Operation, given: Arguments): Promise<Payload | undefined> {
  return operation.version === 2 ? bodyOfSwagger(operation, given) : bodyOfRequest(documents, operation, given);
}

function bodyOfSwagger(operation: Operation, given: Arguments): Payload | undefined {
  const consumes = [operation.definition.value["consumes"], operation.root.value["consumes"]].find(isArray) ?? [];
  const types = consumes.filter((type) => typeof type === "string");
  const whole = operation.parameters.find((parameter) => parameter.in === "body");
  if (whole !== undefined) {
    const value = given.take(whole.name) ?? given.take(wholeBody);
    if (value === undefined) return missing(operation, whole.required, `the parameter "${whole.name}" in its body`);
    return encodeContent(operation.id, chooseType(types) ?? "application/json", value);
  }
  const fields = operation.parameters.filter((parameter) => parameter.in === "formData");
  const values = fields.flatMap(({ name, required }) => {
    const value = given.take(name);
    if (value === undefined && required) missing(operation, true, `the parameter "${name}" in its form`);
    return value === undefined ? [] : [[name, value] as const];
  });
  if (values.length === 0) return undefined;
  const files = fields.some(({ description }) => description["type"] === "file");
  const type = files ? "multipart/form-data" : (types.find(hasFields) ?? "application/x-www-form-urlencoded");
  return encodeContent(operation.id, type, Object.fromEntries(values));
}

function missing(operation: Operation, required: boolean, what: string): undefined {
  if (required) throw new Unusable(callFault(operation.id, `it needs ${what}, and the call gives none.`));
}

async function bodyOfRequest(documents: Documents, operation: Operation, given: Arguments): Promise<Payload | undefined> {
  const { value: definition, source } = operation.definition;
  const body = await documents.resolve(definition["requestBody"], source);
  if (body === undefined) return undefined;
  const content = isObject(body.value["content"]) ? body.value["content"] : {};
  const type = chooseType(Object.keys(content));
  if (type === undefined) throw new Unusable(documentFault(source.uri, `says nothing of what the body of ${operation.id} is made of.`));
  const media = await documents.resolve(content[type], body.source);
  const schema = media && (await documents.resolve(media.value["schema"], media.source));
  const fields = schema && (await fieldsOf(documents, schema));
  const value = valueOf(given, fields);
  if (value === undefined) return missing(operation, body.value["required"] === true, "a body (`body`, or its fields by name)");
  return encodeContent(operation.id, type, value);
}

/** The fields of an object's schema; `open` where it says itself that it takes others too. */
interface Fields {
  readonly names: ReadonlySet<string>;
  readonly open: boolean;
}

const deepestComposition = 8;

async function fieldsOf(documents: Documents, { value, source }: Located, depth = 0): Promise<Fields> {
  const names = new Set(Object.keys(isObject(value["properties"]) ? value["properties"] : {}));
  let open = isOpen(value);
  for (const key of ["allOf", "anyOf", "oneOf"]) {
    for (const entry of isArray(value[key]) && depth < deepestComposition ? value[key] : []) {
      const part = await documents.resolve(entry, source);
      const fields = part && (await fieldsOf(documents, part, depth + 1));
      for (const name of fields?.names ?? []) names.add(name);
      open ||= fields?.open ?? false;
    }
  }
  return { names, open };
}

function isOpen(schema: JsonObject): boolean {
  const more = schema["additionalProperties"];
  return more === true || isObject(more);
}

/** The whole body as it is given, or an object of what is left and named like a field. */
function valueOf(given: Arguments, fields: Fields | undefined): Json | undefined {
  const named = given.left().filter((name) => fields?.open === true || fields?.names.has(name) === true);
  if (given.has(wholeBody) && (named.length === 0 || !named.includes(wholeBody) || fields?.names.has(wholeBody) !== true))
    return given.take(wholeBody);
  return named.length === 0 ? undefined : Object.fromEntries(named.map((name) => [name, given.take(name) ?? null]));
}
