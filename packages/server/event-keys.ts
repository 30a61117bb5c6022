// The keys with which events that come in must be signed: they are secrets, read anew each time, so that a change counts at once.
import { signingKeyOf } from "@baton/executors";
import type { Vault } from "@baton/runtime";
import { tenant } from "./exchange.ts";

const namespace = "default";

/** The keys of those secrets that are there and can sign; undefined where events need not be signed. */
export function eventKeysOf(vault: Vault, names: readonly string[] | undefined): () => readonly Uint8Array[] | undefined {
  if (names === undefined) return () => undefined;
  return () =>
    names.flatMap((name) => {
      const value = vault.read(tenant, namespace, name);
      const key = typeof value === "string" ? signingKeyOf(value) : null;
      return key ?? [];
    });
}
