// An OpenAPI call, evaluated (dsl-reference, "OpenAPI Call"): the document to fetch and what to give the operation. What
// the document says of it is known only where the call is made.
import { isObject, type Json } from "@baton/core";
import type { OpenApiCall, ResourceTemplate } from "@baton/dsl";
import { describe, expressionError, fill } from "./evaluate.ts";
import { credentialsAt, uriOf } from "./http-work.ts";
import type { Scope } from "./scope.ts";
import type { OpenApiWork, ResourceRequest } from "./work.ts";

/** The call that an OpenAPI task amounts to, for the step's transformed input. */
export function openApiWork(scope: Scope, call: OpenApiCall, input: Json): OpenApiWork {
  const operationId = fill(scope, call.operationId, input);
  if (typeof operationId !== "string") throw expressionError(scope, `The operationId should be text, but it is ${describe(operationId)}.`);
  const parameters = call.parameters ? fill(scope, call.parameters, input) : {};
  if (!isObject(parameters)) throw expressionError(scope, `The parameters should be an object, but they are ${describe(parameters)}.`);
  return {
    kind: "openapi",
    document: resourceRequest(scope, call.document, input),
    operationId,
    parameters,
    ...credentialsAt(scope, call.authentication, input),
    output: call.output,
    redirect: call.redirect,
  };
}

/** Where an external resource lies, and how to be let in. */
export function resourceRequest(scope: Scope, { endpoint }: ResourceTemplate, input: Json): ResourceRequest {
  return { uri: uriOf(scope, endpoint, input), ...credentialsAt(scope, endpoint.authentication, input) };
}
