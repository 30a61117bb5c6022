import { expect, test } from "vitest";
import type { Json } from "@baton/core";
import type { AuthenticationTemplate, Task } from "@baton/dsl";
import { authorizationDescriptor } from "./authentication.ts";
import { fill } from "./evaluate.ts";
import { credentialsAt } from "./http-work.ts";
import type { Scope } from "./scope.ts";
import { buildWorkflow } from "./testing/build.ts";
import { computed, fixed, someScope } from "./testing/scope.ts";
import { Raised } from "./workflow-error.ts";

const secrets: { readonly [name: string]: Json } = { login: { username: "ada", password: "hunter2" }, token: "t0k", odd: 7, hidden: "x" };
const scope: Scope = {
  ...someScope(),
  workflow: buildWorkflow([], { secrets: ["login", "token", "odd", "gone"] }),
  facts: { ...someScope().facts, secret: (name) => secrets[name] },
};

function errorOf(policy: AuthenticationTemplate): string {
  try {
    return JSON.stringify(credentialsAt(scope, policy, null));
  } catch (error) {
    return error instanceof Raised ? `${error.error.status} ${error.error.detail}` : String(error);
  }
}

test("credentials are evaluated, or read from a secret of the right shape", () => {
  const written = { scheme: "digest", username: fixed("ada"), password: computed((input) => (input === "pass" ? "pass!" : null)) } as const;
  expect(credentialsAt(scope, written, "pass").authentication).toEqual({ scheme: "digest", username: "ada", password: "pass!" });
  expect(credentialsAt(scope, { scheme: "basic", secret: "login" }, null).authentication).toEqual({
    scheme: "basic",
    username: "ada",
    password: "hunter2",
  });
  expect(credentialsAt(scope, { scheme: "bearer", secret: "token" }, null).authentication).toEqual({ scheme: "bearer", token: "t0k" });
  expect(credentialsAt(scope, undefined, null)).toEqual({});
});

test("a secret that is missing, not the workflow's own, or of another shape", () => {
  const missing = (name: string): string => `403 The secret "${name}" is not there, or this workflow may not read it.`;
  expect(errorOf({ scheme: "basic", secret: "gone" })).toBe(missing("gone"));
  expect(errorOf({ scheme: "bearer", secret: "hidden" })).toBe(missing("hidden"));
  expect(errorOf({ scheme: "bearer", secret: "login" })).toBe(
    '400 The secret "login" should hold the text `token`, as bearer authentication needs it.',
  );
  expect(errorOf({ scheme: "digest", secret: "odd" })).toContain("should hold the text `username`");
  expect(errorOf({ scheme: "bearer", token: fixed(7) })).toBe("400 The authentication's `bearer.token` should be text.");
});

test("$authorization tells scheme and parameter of the task's own call", () => {
  const told = (authentication?: AuthenticationTemplate): Json => {
    const endpoint = { kind: "uri", parts: [], ...(authentication && { authentication }) };
    const task = { kind: "call", call: { kind: "http", endpoint } } as unknown as Task;
    return authorizationDescriptor({ ...scope, task: { task, raw: null, startedAt: 0 } }, fill);
  };
  expect(told()).toBeNull();
  expect(told({ scheme: "bearer", secret: "token" })).toEqual({ scheme: "Bearer", parameter: "t0k" });
  expect(told({ scheme: "basic", secret: "login" })).toEqual({ scheme: "Basic", parameter: "YWRhOmh1bnRlcjI=" });
  expect(told({ scheme: "digest", secret: "login" })).toEqual({ scheme: "Digest", parameter: "" });
  expect(authorizationDescriptor({ ...scope, task: null }, fill)).toBeNull();
});
