// What every store must do with schedules.
import { deepEqual, equal } from "node:assert/strict";
import type { Store, StoredSchedule } from "../port.ts";
import { definition, start, tenant } from "./samples.ts";

function schedule(name: string, revision: number, changes: Partial<StoredSchedule> = {}): StoredSchedule {
  const rest = { dueAt: 5_000, awaitedRun: null, state: `state ${revision}` };
  return { tenant, namespace: "shop", name, version: "1.0.0", revision, ...rest, ...changes };
}

type Register = (name: string, body: (store: Store) => Promise<void>) => void;

/** Registers the tests. */
export function schedules(on: Register): void {
  on("a schedule changes only from the revision that was read", async (store) => {
    equal(await store.putSchedule(schedule("order", 2)), false);
    equal(await store.getSchedule(tenant, "shop", "order"), null);
    equal(await store.putSchedule(schedule("order", 1)), true);
    equal(await store.putSchedule(schedule("order", 1, { state: "another" })), false);
    equal(await store.putSchedule(schedule("order", 2, { dueAt: null, awaitedRun: "run_a" })), true);
    deepEqual(await store.getSchedule(tenant, "shop", "order"), schedule("order", 2, { dueAt: null, awaitedRun: "run_a" }));
    equal(await store.getSchedule("other", "shop", "order"), null);
  });

  on("schedules are listed by name, found by time, and by the run that they wait for", async (store) => {
    const [late, early, awaiting] = [
      schedule("b", 1, { dueAt: 300 }),
      schedule("c", 1, { dueAt: 100 }),
      schedule("a", 1, { dueAt: null, awaitedRun: "run_a", namespace: "depot" }),
    ];
    const foreign = schedule("a", 1, { tenant: "other", dueAt: 200 });
    for (const each of [late, early, awaiting, foreign]) await store.putSchedule(each);
    deepEqual(await store.listSchedules(tenant), [awaiting, late, early]);
    deepEqual(await store.listSchedules(tenant, { namespace: "shop" }), [late, early]);
    deepEqual(await store.dueSchedules(200, 10), [early, foreign]);
    deepEqual(await store.dueSchedules(300, 2), [early, foreign]);
    deepEqual(await store.awaitingSchedules(), [awaiting]);
  });

  on("a run and the schedule that starts it are stored together, or neither is", async (store) => {
    await store.putSchedule(schedule("order", 1));
    deepEqual(await store.commit([start("run_a", { schedule: schedule("order", 3) })]), ["conflict"]);
    equal(await store.readRun(tenant, "run_a"), null);
    const record = { key: "k", fingerprint: "f", runId: "run_a", at: 1 };
    deepEqual(await store.commit([start("run_a", { schedule: schedule("order", 2), idempotency: record })]), ["committed"]);
    deepEqual(await store.getSchedule(tenant, "shop", "order"), schedule("order", 2));
    deepEqual(await store.commit([start("run_b", { schedule: schedule("order", 3), idempotency: record })]), ["duplicate"]);
    deepEqual(await store.getSchedule(tenant, "shop", "order"), schedule("order", 2));
  });

  on("a definition brings its schedule along, or takes it away", async (store) => {
    equal(await store.putDefinition(definition("order", "1.0.0"), schedule("order", 1)), true);
    deepEqual(await store.getSchedule(tenant, "shop", "order"), schedule("order", 1));
    equal(await store.putDefinition(definition("order", "1.0.0"), null), false);
    equal(await store.putDefinition(definition("order", "1.1.0")), true);
    deepEqual(await store.getSchedule(tenant, "shop", "order"), schedule("order", 1));
    equal(await store.putDefinition(definition("order", "2.0.0"), null), true);
    equal(await store.getSchedule(tenant, "shop", "order"), null);
  });
}
