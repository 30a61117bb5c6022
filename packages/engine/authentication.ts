// Credentials of a call: what its authentication policy amounts to (dsl-reference, "Authentication"), and what
// `$authorization` tells of it. Credentials are evaluated with the request, each time anew, and are in no event.
import { base64Encode } from "@baton/expr";
import { isObject, type Json, type JsonObject } from "@baton/core";
import type { AuthenticationTemplate, Task, Template } from "@baton/dsl";
import type { Scope } from "./scope.ts";
import type { Credentials } from "./work.ts";
import { Raised, standardError } from "./workflow-error.ts";

/** Evaluates a template; given by evaluate.ts, which depends on this file. */
type Fill = (scope: Scope, template: Template, input: Json) => Json;

/** The policy of the task's own call, where it has one. */
export function policyOf(task: Task): AuthenticationTemplate | undefined {
  if (task.kind !== "call") return undefined;
  if (task.call.kind === "http") return task.call.endpoint.authentication;
  return task.call.kind === "openapi" ? task.call.authentication : undefined;
}

/** The credentials that a policy amounts to; raises an authorization error where its secret is not there. */
export function credentialsOf(scope: Scope, policy: AuthenticationTemplate, input: Json, fill: Fill): Credentials {
  if ("secret" in policy) return credentialsIn(scope, policy.scheme, policy.secret);
  const text = (template: Template, what: string): string => textIn(scope, fill(scope, template, input), `${policy.scheme}.${what}`);
  if (policy.scheme === "bearer") return { scheme: "bearer", token: text(policy.token, "token") };
  return { scheme: policy.scheme, username: text(policy.username, "username"), password: text(policy.password, "password") };
}

function textIn(scope: Scope, value: Json, what: string): string {
  if (typeof value === "string") return value;
  throw notUsable(scope, `The authentication's \`${what}\` should be text.`);
}

function credentialsIn(scope: Scope, scheme: Credentials["scheme"], name: string): Credentials {
  const secret = scope.workflow.secrets.includes(name) ? scope.facts.secret(name) : undefined;
  if (secret === undefined) throw missingSecret(scope, name);
  if (scheme === "bearer" && typeof secret === "string") return { scheme, token: secret };
  const part = (key: string): string => {
    const value = isObject(secret) ? secret[key] : undefined;
    if (typeof value === "string") return value;
    throw notUsable(scope, `The secret "${name}" should hold the text \`${key}\`, as ${scheme} authentication needs it.`);
  };
  return scheme === "bearer" ? { scheme, token: part("token") } : { scheme, username: part("username"), password: part("password") };
}

function notUsable(scope: Scope, detail: string): Raised {
  return new Raised(standardError("configuration", scope.instance, { title: "Authentication not usable", detail }));
}

/** The error of a secret that is not there, or that the workflow may not read. */
export function missingSecret(scope: Scope, name: string): Raised {
  const detail = `The secret "${name}" is not there, or this workflow may not read it.`;
  return new Raised(standardError("authorization", scope.instance, { title: "Secret not available", detail }));
}

/** `$authorization`: scheme and parameter. What digest sends depends on the server's challenge: its parameter is empty. */
export function authorizationDescriptor(scope: Scope, fill: Fill): JsonObject | null {
  const policy = scope.task === null ? undefined : policyOf(scope.task.task);
  if (policy === undefined) return null;
  // What a policy's own expressions see of `$authorization` is nothing: it is being made.
  const credentials = credentialsOf({ ...scope, task: null }, policy, scope.input, fill);
  switch (credentials.scheme) {
    case "basic":
      return { scheme: "Basic", parameter: base64Encode(`${credentials.username}:${credentials.password}`) };
    case "bearer":
      return { scheme: "Bearer", parameter: credentials.token };
    case "digest":
      return { scheme: "Digest", parameter: "" };
  }
}
