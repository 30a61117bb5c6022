// The HTTP request of a call, evaluated (dsl-reference, "HTTP Call", "URI Template").
import { get, isArray, isObject, type Json } from "@baton/core";
import type { AuthenticationTemplate, EndpointTemplate, HttpCall } from "@baton/dsl";
import { credentialsOf } from "./authentication.ts";
import { describe, evaluate, expressionError, fill, textOf } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import type { Credentials, HttpWork } from "./work.ts";

/** The request that a call amounts to, for the step's transformed input. */
export function httpWork(scope: Scope, call: HttpCall, input: Json): HttpWork {
  const body = call.body && fill(scope, call.body, input);
  return {
    kind: "http",
    method: methodOf(scope, fill(scope, call.method, input)),
    uri: uriOf(scope, call.endpoint, input),
    headers: call.headers ? headersOf(scope, fill(scope, call.headers, input)) : {},
    query: call.query ? queryOf(scope, fill(scope, call.query, input)) : {},
    ...(body !== undefined && { body }),
    ...credentialsAt(scope, call.endpoint.authentication, input),
    output: call.output,
    redirect: call.redirect,
  };
}

function methodOf(scope: Scope, method: Json): string {
  if (typeof method !== "string") throw expressionError(scope, `The method should be text, but it is ${describe(method)}.`);
  return method.toUpperCase();
}

/** The credentials of a policy, where there is one. */
export function credentialsAt(
  scope: Scope,
  policy: AuthenticationTemplate | undefined,
  input: Json,
): { readonly authentication?: Credentials } {
  return policy === undefined ? {} : { authentication: credentialsOf(scope, policy, input, fill) };
}

/** The address that an endpoint amounts to. */
export function uriOf(scope: Scope, endpoint: EndpointTemplate, input: Json): string {
  if (endpoint.kind === "uri") return endpoint.parts.map((part) => partOf(scope, part, input)).join("");
  const uri = fill(scope, endpoint.template, input);
  if (typeof uri !== "string") throw expressionError(scope, `The endpoint should be a URI, but it is ${describe(uri)}.`);
  return uri;
}

function partOf(scope: Scope, part: Extract<EndpointTemplate, { kind: "uri" }>["parts"][number], input: Json): string {
  if (typeof part === "string") return part;
  return "variable" in part ? expand(scope, part.variable, input) : textOf(evaluate(scope, part.expression, input));
}

/** RFC 6570, level 1: everything but unreserved characters is percent-encoded; what is missing gives nothing. */
function expand(scope: Scope, name: string, input: Json): string {
  const value = isObject(input) ? (get(input, name) ?? null) : null;
  if (value === null) return "";
  if (typeof value === "object") {
    throw expressionError(
      scope,
      `The variable {${name}} of the endpoint should be text, a number or a boolean, but it is ${describe(value)}.`,
    );
  }
  return encodeURIComponent(value).replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
}

function headersOf(scope: Scope, headers: Json): { [name: string]: string } {
  return Object.fromEntries(present(scope, headers, "headers").map(([name, value]) => [name, textOf(value)]));
}

function queryOf(scope: Scope, query: Json): { [name: string]: string | readonly string[] } {
  return Object.fromEntries(
    present(scope, query, "query").map(([name, value]) => [name, isArray(value) ? value.map(textOf) : textOf(value)]),
  );
}

/** The entries that have a value; null stands for none at all. */
function present(scope: Scope, value: Json, what: string): [string, Json][] {
  if (value === null) return [];
  if (!isObject(value)) throw expressionError(scope, `The ${what} should be an object, but it is ${describe(value)}.`);
  return Object.entries(value).filter(([, entry]) => entry !== null);
}
