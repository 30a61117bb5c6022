// From a call and its document to an HTTP request.
import { isArray, isObject, type Json } from "@baton/core";
import type { OpenApiWork } from "@baton/engine";
import type { HttpRequest } from "../http/request.ts";
import { Arguments } from "./arguments.ts";
import { bodyOf } from "./body.ts";
import type { Documents } from "./document.ts";
import { callFault, documentFault, Unusable } from "./fault.ts";
import { findOperation, type Operation, type Parameter } from "./operation.ts";
import { baseOf, serverVariables } from "./server.ts";
import { cookiePieces, headerText, pathText, queryPieces, textOf } from "./style.ts";

/** The request that a call amounts to; throws Unusable where it amounts to none. */
export async function requestFor(documents: Documents, work: OpenApiWork): Promise<HttpRequest> {
  const operation = await findOperation(documents, work.operationId);
  const given = new Arguments(work.parameters);
  const parts = new Parts();
  for (const parameter of operation.parameters) {
    if (parameter.in === "body" || parameter.in === "formData") continue;
    const value = valueOf(operation, parameter, given);
    if (value !== undefined) parts.add(operation, parameter, value);
  }
  addKeys(operation, given, parts);
  const payload = await bodyOf(documents, operation, given);
  const variables = new Map(serverVariables(operation).flatMap((name) => (given.has(name) ? [[name, given.take(name) as Json]] : [])));
  given.refuseRest(operation.id, [...operation.parameters.map(({ name }) => name), ...serverVariables(operation)]);
  const query = parts.query.length === 0 ? "" : `?${parts.query.join("&")}`;
  return {
    kind: "http",
    method: operation.method,
    uri: baseOf(operation, variables) + parts.pathOf(operation) + query,
    headers: parts.headers(),
    query: {},
    ...(payload && { payload }),
    ...(work.authentication && { authentication: work.authentication }),
    output: work.output,
    redirect: work.redirect,
  };
}

/** The value of a parameter: what the call gives; where it must have one, its default. */
function valueOf(operation: Operation, { name, in: place, required, schema }: Parameter, given: Arguments): Json | undefined {
  const value = given.take(name) ?? (required ? schema["default"] : undefined);
  if (value === undefined && required)
    throw new Unusable(callFault(operation.id, `it needs the parameter "${name}" (in ${place}), and the call gives none.`));
  return value;
}

/** Keys that the document asks for as security, which a call may give like a parameter. */
function addKeys(operation: Operation, given: Arguments, parts: Parts): void {
  const { value } = operation.root;
  const components = isObject(value["components"]) ? value["components"] : {};
  const schemes = operation.version === 2 ? value["securityDefinitions"] : components["securitySchemes"];
  for (const scheme of Object.values(isObject(schemes) ? schemes : {})) {
    if (!isObject(scheme) || scheme["type"] !== "apiKey" || typeof scheme["name"] !== "string" || !given.has(scheme["name"])) continue;
    const { name, in: place } = scheme;
    if (place === "query" || place === "header" || place === "cookie")
      parts.add(operation, { name, in: place, required: false, description: {}, schema: {} }, given.take(name) as Json);
  }
}

/** The pieces of a request that parameters fill. */
class Parts {
  readonly query: string[] = [];
  readonly #path = new Map<string, string>();
  readonly #headers: { [name: string]: string } = {};
  readonly #cookies: string[] = [];

  add(operation: Operation, parameter: Parameter, value: Json): void {
    const { name } = parameter;
    switch (parameter.in) {
      case "path":
        this.#path.set(name, pathSegment(operation, parameter, value));
        return;
      case "query":
        this.query.push(...queryPieces(operation, parameter, value));
        return;
      case "header":
        this.#headers[name] = headerText(operation, parameter, value);
        return;
      case "cookie":
        this.#cookies.push(...cookiePieces(operation, parameter, value));
        return;
      default:
        return;
    }
  }

  headers(): { [name: string]: string } {
    return this.#cookies.length === 0 ? this.#headers : { ...this.#headers, cookie: this.#cookies.join("; ") };
  }

  /** The operation's path with its parameters in it. */
  pathOf({ path, id, root }: Operation): string {
    return path.replaceAll(/\{([^{}]+)\}/g, (_, name: string) => {
      const text = this.#path.get(name);
      if (text === undefined)
        throw new Unusable(documentFault(root.source.uri, `has "{${name}}" in the path of ${id}, but describes no such parameter.`));
      return text;
    });
  }
}

/** Dots alone would lead to another path than the document describes. */
function pathSegment(operation: Operation, parameter: Parameter, value: Json): string {
  const text = pathText(operation, parameter, value);
  const empty = text === "" && !isArray(value);
  if (empty || text === "." || text === "..")
    throw new Unusable(callFault(operation.id, `"${textOf(value)}" cannot stand in the path as "${parameter.name}".`));
  return text;
}
