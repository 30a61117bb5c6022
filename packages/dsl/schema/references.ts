// Finds what the references of a schema mean. A schema is checked in this process and reads nothing from outside,
// so that a reference must lead to a place in the same document: by JSON Pointer, by anchor, or by `$id`.
import { get, isArray, isObject, type Json, type JsonObject } from "@baton/core";

/** The keywords whose value is a reference. */
export const referenceKeywords: readonly string[] = ["$ref", "$dynamicRef", "$recursiveRef"];

/** The places of one schema document that can be referred to. */
export interface SchemaPlaces {
  /** Absolute and relative ids as they are written, without an empty fragment. */
  readonly ids: ReadonlyMap<string, JsonObject>;
  readonly anchors: ReadonlyMap<string, Json>;
  readonly root: Json;
  /** The nearest schema with an `$id` around each schema that has one somewhere around it. */
  readonly resources: ReadonlyMap<Json, JsonObject>;
}

/** Finds all ids and anchors of a document. */
export function findPlaces(root: Json): SchemaPlaces {
  const ids = new Map<string, JsonObject>();
  const anchors = new Map<string, Json>();
  const resources = new Map<Json, JsonObject>();
  const visit = (value: Json, resource: JsonObject | undefined): void => {
    if (isArray(value)) return value.forEach((item) => visit(item, resource));
    if (!isObject(value)) return;
    const id = get(value, "$id");
    const isResource = typeof id === "string" && !id.startsWith("#");
    const own = isResource ? value : resource;
    if (isResource) ids.set(id.replace(/#$/, ""), value);
    if (own !== undefined) resources.set(value, own);
    for (const key of ["$anchor", "$dynamicAnchor"]) {
      const anchor = get(value, key);
      if (typeof anchor === "string") anchors.set(anchor, value);
    }
    if (typeof id === "string" && id.startsWith("#")) anchors.set(id.slice(1), value);
    for (const [key, inner] of Object.entries(value)) if (key !== "enum" && key !== "const") visit(inner, own);
  };
  visit(root, undefined);
  return { ids, anchors, root, resources };
}

/** The schema that a reference means, seen from the schema that holds it; undefined when it lies outside the document. */
export function resolveReference(places: SchemaPlaces, holder: JsonObject, reference: string): Json | undefined {
  const hash = reference.indexOf("#");
  const uri = hash < 0 ? reference : reference.slice(0, hash);
  const fragment = hash < 0 ? "" : reference.slice(hash + 1);
  const resource = uri === "" ? (places.resources.get(holder) ?? places.root) : findResource(places, holder, uri);
  if (resource === undefined) return undefined;
  if (fragment === "") return resource;
  return fragment.startsWith("/") ? followPointer(resource, fragment) : places.anchors.get(fragment);
}

function findResource(places: SchemaPlaces, holder: JsonObject, uri: string): JsonObject | undefined {
  const base = get(places.resources.get(holder) ?? {}, "$id");
  const folder = typeof base === "string" ? base.slice(0, base.lastIndexOf("/") + 1) : "";
  const candidates = [uri, folder + uri];
  for (const [id, schema] of places.ids) if (candidates.includes(id) || folder + id === uri) return schema;
  return undefined;
}

function followPointer(root: Json, pointer: string): Json | undefined {
  let at: Json | undefined = root;
  for (const segment of pointer.slice(1).split("/")) {
    const key = unescapeSegment(segment);
    if (isArray(at)) at = /^(?:0|[1-9]\d*)$/.test(key) ? at[Number(key)] : undefined;
    else at = isObject(at) ? get(at, key) : undefined;
  }
  return at;
}

function unescapeSegment(segment: string): string {
  return percentDecoded(segment).replaceAll("~1", "/").replaceAll("~0", "~");
}

function percentDecoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
