// OpenAPI documents as values: JSON or YAML, versions 2.0, 3.0 and 3.1, with the references in them followed when they are
// met, into other documents too, within the limits of limits.ts.
import { isAlias, isMap, isScalar, parseDocument, visit } from "yaml";
import { isArray, isObject, type Json, type JsonObject } from "@baton/core";
import type { ResourceRequest } from "@baton/engine";
import { maxOpenApiDocuments, maxReferenceDepth } from "../limits.ts";
import { shownUri } from "../resources/faults.ts";
import type { Resource, ResourceLoader } from "../resources/port.ts";
import { documentFault, Unusable } from "./fault.ts";

/** A document and where it lies. */
export interface Source {
  readonly uri: string;
  readonly root: Json;
}

/** A value, and the document that references in it count from. */
export interface Located {
  readonly value: JsonObject;
  readonly source: Source;
}

/** The documents that were read, as long as their resources are kept. */
const parsed = new WeakMap<Resource, Source>();

function parse(resource: Resource): Source {
  const known = parsed.get(resource);
  if (known !== undefined) return known;
  const source = { uri: resource.uri, root: parseText(new TextDecoder().decode(resource.bytes), resource.uri) };
  parsed.set(resource, source);
  return source;
}

function parseText(text: string, uri: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return parseYaml(text, uri);
  }
}

function parseYaml(text: string, uri: string): Json {
  const document = parseDocument(text, { merge: true, logLevel: "silent" });
  const [error] = document.errors;
  if (error !== undefined)
    throw new Unusable(documentFault(shownUri(uri), `is neither JSON nor YAML: ${error.message.split("\n", 1)[0] ?? ""}`));
  // A key that is a number, such as a status, is a text in JSON.
  visit(document, {
    Pair: (_, pair) => {
      if (isScalar(pair.key) && typeof pair.key.value !== "string") pair.key.value = String(pair.key.value);
    },
  });
  if (!isMap(document.contents) && !isAlias(document.contents)) throw new Unusable(documentFault(shownUri(uri), "is not an object."));
  try {
    return document.toJS({ maxAliasCount: 100 }) as Json;
  } catch (error) {
    throw new Unusable(documentFault(shownUri(uri), `cannot be read: ${error instanceof Error ? error.message : String(error)}.`));
  }
}

/** The documents of one call. */
export class Documents {
  readonly #loader: ResourceLoader;
  readonly #signal: AbortSignal;
  readonly #request: ResourceRequest;
  readonly #loaded = new Map<string, Source>();

  constructor(loader: ResourceLoader, request: ResourceRequest, signal: AbortSignal) {
    this.#loader = loader;
    this.#request = request;
    this.#signal = signal;
  }

  /** The document that the call names. */
  async first(): Promise<Located> {
    const source = await this.#load(this.#request);
    if (!isObject(source.root)) throw new Unusable(documentFault(shownUri(source.uri), "is not an object."));
    return { value: source.root, source };
  }

  /** The object that a value is, or that its reference leads to; undefined where there is none. */
  async resolve(value: Json | undefined, from: Source): Promise<Located | undefined> {
    let [current, source] = [value, from];
    for (let depth = 0; depth <= maxReferenceDepth; depth++) {
      if (!isObject(current)) return undefined;
      const reference = current["$ref"];
      if (typeof reference !== "string") return { value: current, source };
      [source, current] = await this.#follow(reference, source);
    }
    throw new Unusable(
      documentFault(shownUri(source.uri), `has references that lead to one another more than ${maxReferenceDepth} times.`),
    );
  }

  async #follow(reference: string, from: Source): Promise<[Source, Json]> {
    const url = URL.parse(reference, from.uri);
    if (url === null) throw this.#broken(reference, from);
    const pointer = decodeFragment(url.hash);
    url.hash = "";
    const source = url.href === from.uri ? from : await this.#load(this.#requestOf(url));
    const value = pointer === undefined ? undefined : at(source.root, pointer);
    if (value === undefined) throw this.#broken(reference, from);
    return [source, value];
  }

  #broken(reference: string, from: Source): Unusable {
    return new Unusable(documentFault(shownUri(from.uri), `has the reference "${reference}", which leads nowhere.`));
  }

  /** Only the origin of the first document gets its credentials. A document from the web leads to no file. */
  #requestOf(url: URL): ResourceRequest {
    const first = URL.parse(this.#request.uri);
    if (url.protocol === "file:" && first?.protocol !== "file:")
      throw new Unusable(
        documentFault(shownUri(this.#request.uri), "refers to a file of this machine, which a document from elsewhere may not."),
      );
    const { authentication } = this.#request;
    return { uri: url.href, ...(authentication && url.origin === first?.origin && { authentication }) };
  }

  async #load(request: ResourceRequest): Promise<Source> {
    const known = this.#loaded.get(request.uri);
    if (known !== undefined) return known;
    if (this.#loaded.size >= maxOpenApiDocuments)
      throw new Unusable(documentFault(shownUri(this.#request.uri), `refers to more than ${maxOpenApiDocuments} other documents.`));
    const resource = await this.#loader.load(request, this.#signal);
    if (!resource.ok) throw new Unusable(resource);
    const source = parse(resource.value);
    this.#loaded.set(request.uri, source);
    return source;
  }
}

/** Undefined: the fragment is not a JSON Pointer. */
function decodeFragment(hash: string): string[] | undefined {
  try {
    const pointer = decodeURIComponent(hash.slice(1));
    if (pointer === "") return [];
    return pointer.startsWith("/")
      ? pointer
          .slice(1)
          .split("/")
          .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
      : undefined;
  } catch {
    return undefined;
  }
}

function at(root: Json, pointer: readonly string[]): Json | undefined {
  return pointer.reduce<Json | undefined>((value, key) => {
    if (isArray(value)) return value[Number(key)];
    return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  }, root);
}
