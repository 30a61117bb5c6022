// By what a start is known to be a repetition: the flow's own key of the input where it has one, else the request's.
import { createHash } from "node:crypto";
import type { Json } from "@baton/core";
import type { Workflow } from "@baton/dsl";
import { startKey, type Facts } from "@baton/engine";
import { runtimeError } from "./errors.ts";
import type { StartRequest } from "./runtime.ts";

/** A key, and a digest of what was asked for under it. */
export interface StartKey {
  readonly key: string;
  readonly fingerprint: string;
}

/** The key of `metadata.baton.idempotencyKey`, the same for all versions of a flow. No request's key can look like it. */
export function keyOfFlow(workflow: Workflow, facts: Facts, run: { readonly id: string; readonly input: Json }): StartKey | undefined {
  const key = startKey(workflow, facts, run);
  if (!key.ok) throw runtimeError("start-key-invalid", { message: key.error.detail ?? "It cannot be evaluated." });
  if (key.value === undefined) return undefined;
  const fingerprint = createHash("sha256").update(JSON.stringify(run.input)).digest("base64url");
  return { key: `flow\n${workflow.namespace}/${workflow.name}\n${key.value}`, fingerprint };
}

/** The key that the request came with. */
export function keyOfRequest({ idempotencyKey: key, fingerprint = "" }: StartRequest): StartKey | undefined {
  return key === undefined ? undefined : { key, fingerprint };
}

/** A key as its author knows it. */
export function shownKey(key: string): string {
  return key.slice(key.lastIndexOf("\n") + 1);
}
