// What every store must do with functions of the default catalog.
import { deepEqual, equal } from "node:assert/strict";
import type { Store, StoredFunction } from "../port.ts";
import { tenant } from "./samples.ts";

function sample(name: string, changes: Partial<StoredFunction> = {}): StoredFunction {
  return { tenant, namespace: "shop", name, version: "1.0.0", source: `set: { a: ${name} }`, createdAt: 1_000, ...changes };
}

/** Registers the tests. */
export function functions(on: (name: string, body: (store: Store) => Promise<void>) => void): void {
  on("functions are kept by tenant, namespace, name and version, and a version never changes", async (store) => {
    const all = [
      sample("a"),
      sample("b"),
      sample("a", { version: "2.0.0" }),
      sample("a", { namespace: "depot" }),
      sample("a", { tenant: "other" }),
    ];
    for (const each of all) equal(await store.putFunction(each), true);
    equal(await store.putFunction(sample("b", { source: "set: { b: 2 }", createdAt: 2_000 })), false);
    deepEqual(await store.getFunction(sample("b")), sample("b"));
    equal(await store.getFunction(sample("b", { version: "9.0.0" })), null);
    deepEqual(await store.listFunctions(tenant), [
      sample("a", { namespace: "depot" }),
      sample("a"),
      sample("a", { version: "2.0.0" }),
      sample("b"),
    ]);
    deepEqual(await store.listFunctions(tenant, "depot"), [sample("a", { namespace: "depot" })]);
    equal(await store.deleteFunction(sample("a")), true);
    equal(await store.deleteFunction(sample("a")), false);
    deepEqual(await store.listFunctions(tenant, "shop"), [sample("a", { version: "2.0.0" }), sample("b")]);
    deepEqual(await store.listFunctions("other"), [sample("a", { tenant: "other" })]);
  });
}
