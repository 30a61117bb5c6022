// What every store must do with secrets.
import { deepEqual, equal } from "node:assert/strict";
import type { Store, StoredSecret } from "../port.ts";
import { tenant } from "./samples.ts";

function secret(name: string, changes: Partial<StoredSecret> = {}): StoredSecret {
  return { tenant, namespace: "shop", name, sealed: `sealed ${name}`, updatedAt: 1_000, ...changes };
}

/** Registers the tests. */
export function secrets(on: (name: string, body: (store: Store) => Promise<void>) => void): void {
  on("secrets are kept by tenant, namespace and name, replaced and deleted", async (store) => {
    const all = [secret("a"), secret("b"), secret("a", { namespace: "depot" }), secret("a", { tenant: "other" })];
    for (const each of all) await store.putSecret(each);
    await store.putSecret(secret("b", { sealed: "again", updatedAt: 2_000 }));
    deepEqual(await store.listSecrets(), [
      secret("a", { namespace: "depot" }),
      secret("a"),
      secret("b", { sealed: "again", updatedAt: 2_000 }),
      secret("a", { tenant: "other" }),
    ]);
    equal(await store.deleteSecret(tenant, "shop", "a"), true);
    equal(await store.deleteSecret(tenant, "shop", "a"), false);
    equal((await store.listSecrets()).length, 3);
  });
}
