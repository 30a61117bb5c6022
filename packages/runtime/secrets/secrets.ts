// Secrets as the runtime sees them: read at once, without waiting, because a decision waits for nothing.
import type { Json } from "@baton/core";
import { passingKeyring } from "./keyring.ts";

/** Where secrets come from, and how what holds one is encrypted. */
export interface Secrets {
  /** The secret of a tenant's namespace; undefined: there is none, or it cannot be decrypted. */
  read(tenant: string, namespace: string, name: string): Json | undefined;
  /** What a secret is and lately was: values that runs may still hold. */
  traces(tenant: string, namespace: string, name: string): readonly Json[];
  /** The same of all secrets of a tenant: to be hidden where it is not known which of them may show. */
  allTraces(tenant: string): readonly Json[];
  seal(text: string, purpose: string): string;
  unseal(sealed: string, purpose: string): string;
}

/** Secrets that are given with the process and last as long: the same for every namespace. */
export function givenSecrets(values: { readonly [name: string]: Json }): Secrets {
  const keyring = passingKeyring();
  const all = Object.values(values);
  return {
    read: (_tenant, _namespace, name) => (Object.hasOwn(values, name) ? values[name] : undefined),
    traces: (_tenant, _namespace, name) => (Object.hasOwn(values, name) ? [values[name] as Json] : []),
    allTraces: () => all,
    seal: (text, purpose) => keyring.seal(text, purpose),
    unseal: (sealed, purpose) => keyring.unseal(sealed, purpose),
  };
}
