// Secrets as expressions see them, and their removal from what people see. Reading one that is missing is noted and
// raised after the evaluation, so that no `try` or `//` of an expression can hide it.
import { isArray, isObject, type Json, type JsonObject } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import type { Facts } from "./facts.ts";

/** `$secrets`, and the first missing secret that was read from it. */
export interface SecretReader {
  readonly value: JsonObject;
  missing(): string | undefined;
}

/** An object whose keys are looked up when they are read: the workflow's own secrets, no others. */
export function readSecrets(workflow: Workflow, facts: Facts): SecretReader {
  let missing: string | undefined;
  const read = (name: string): Json => {
    const value = workflow.secrets.includes(name) ? facts.secret(name) : undefined;
    if (value === undefined) missing ??= name;
    return value ?? null;
  };
  const value = new Proxy<{ [name: string]: Json }>(
    {},
    {
      ownKeys: () => [...workflow.secrets],
      has: (_, name) => typeof name === "string",
      get: (_, name) => (typeof name === "string" ? read(name) : undefined),
      getOwnPropertyDescriptor: (_, name) =>
        typeof name === "string" ? { value: read(name), enumerable: true, configurable: true, writable: true } : undefined,
    },
  );
  return { value, missing: () => missing };
}

const hidden = "***";

/** The text without any of the workflow's secrets in it. */
export function redact(text: string, workflow: Workflow, facts: Facts): string {
  return workflow.secrets.reduce((rest, name) => {
    const secret = facts.secret(name);
    return secret === undefined ? rest : textsOf(secret).reduce((hiding, word) => hiding.replaceAll(word, hidden), rest);
  }, text);
}

/** The texts in a secret, longest first, so that one within another does not uncover the rest of it. */
function textsOf(secret: Json): string[] {
  return leaves(secret).sort((a, b) => b.length - a.length);
}

function leaves(value: Json): string[] {
  if (isArray(value)) return value.flatMap(leaves);
  if (isObject(value)) return Object.values(value).flatMap(leaves);
  if (typeof value === "string") return value === "" ? [] : [value];
  return typeof value === "number" ? [String(value)] : [];
}
