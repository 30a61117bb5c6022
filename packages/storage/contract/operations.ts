// What every store must do with operations, and with counting runs.
import { deepEqual, equal } from "node:assert/strict";
import type { Store, StoredOperation } from "../port.ts";
import { end, start, tenant } from "./samples.ts";

function operation(id: string, revision: number, changes: Partial<StoredOperation> = {}): StoredOperation {
  return { tenant, id, revision, active: true, endedAt: null, state: `{"action":"${revision}"}`, ...changes };
}

/** Registers the tests. */
export function operations(on: (name: string, body: (store: Store) => Promise<void>) => void): void {
  on("an operation changes only from the revision that was read", async (store) => {
    equal(await store.putOperation(operation("op_1", 2)), false);
    equal(await store.putOperation(operation("op_1", 1)), true);
    equal(await store.putOperation(operation("op_1", 1, { active: false })), false);
    equal(await store.putOperation(operation("op_1", 2, { active: false })), true);
    deepEqual(await store.getOperation(tenant, "op_1"), operation("op_1", 2, { active: false }));
    equal(await store.getOperation("other", "op_1"), null);
  });

  on("operations are listed newest first, taken up while they are active, forgotten when they have ended", async (store) => {
    const foreign = operation("op_2", 1, { tenant: "other" });
    for (const one of [operation("op_1", 1), operation("op_3", 1, { active: false }), foreign]) await store.putOperation(one);
    await store.putOperation(operation("op_4", 1, { active: false, endedAt: 50 }));
    const ids = (found: readonly StoredOperation[]): string[] => found.map(({ id }) => id);
    deepEqual(ids(await store.listOperations(tenant, null, 2)), ["op_4", "op_3"]);
    deepEqual(ids(await store.listOperations(tenant, "op_3", 2)), ["op_1"]);
    deepEqual(await store.activeOperations(), [operation("op_1", 1), foreign]);
    equal(await store.forgetOperations(50), 0);
    equal(await store.forgetOperations(51), 1);
    equal(await store.getOperation(tenant, "op_4"), null);
  });

  on("runs are counted as they are found", async (store) => {
    await store.commit([start("run_1"), start("run_2"), end("run_2", 1)]);
    equal(await store.countRuns({ tenant }), 2);
    equal(await store.countRuns({ tenant, status: "completed" }), 1);
    equal(await store.countRuns({ tenant: "other" }), 0);
  });
}
