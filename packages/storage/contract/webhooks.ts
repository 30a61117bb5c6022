// What every store must do for webhooks and their deliveries.
import { deepEqual, equal } from "node:assert/strict";
import type { NewDelivery, Store, StoredDelivery } from "../port.ts";
import { start, step, tenant } from "./samples.ts";

type Register = (name: string, body: (store: Store) => Promise<void>) => void;

const delivery = (webhook: string, at: number): NewDelivery => ({ webhook, type: "a.b", event: `{"at":${at}}`, at });
const ids = (deliveries: readonly StoredDelivery[]): number[] => deliveries.map(({ id }) => id);

async function withWebhooks(store: Store): Promise<void> {
  for (const name of ["one", "two"]) await store.putWebhook({ tenant, name, definition: "{}", updatedAt: 1 });
}

/** Registers the tests. */
export function webhookContract(on: Register): void {
  storing(on);
  reporting(on);
}

function storing(on: Register): void {
  on("webhooks are listed as they were put, and replaced by their name", async (store) => {
    await withWebhooks(store);
    await store.putWebhook({ tenant: "other", name: "one", definition: "{}", updatedAt: 2 });
    await store.putWebhook({ tenant, name: "two", definition: '{"new":true}', updatedAt: 3 });
    deepEqual(await store.listWebhooks(), [
      { tenant, name: "one", definition: "{}", updatedAt: 1 },
      { tenant, name: "two", definition: '{"new":true}', updatedAt: 3 },
      { tenant: "other", name: "one", definition: "{}", updatedAt: 2 },
    ]);
  });

  on("deliveries come with their commit, or not at all", async (store) => {
    await withWebhooks(store);
    equal(await store.nextDeliveryAt(tenant, "one"), null);
    const given = [delivery("one", 20), delivery("one", 10), delivery("two", 5), delivery("gone", 5)];
    deepEqual(await store.commit([start("run_a", { deliveries: given }), step("run_a", 7, { deliveries: given })]), [
      "committed",
      "conflict",
    ]);
    equal(await store.nextDeliveryAt(tenant, "one"), 10);
    deepEqual(await store.dueDeliveries(tenant, "one", 9, 10), []);
    deepEqual(await store.dueDeliveries("other", "one", 100, 10), []);
    const due = await store.dueDeliveries(tenant, "one", 20, 10);
    const begun = { status: "pending", attempts: 0, nextAt: 10, createdAt: 10, endedAt: null, answered: null, problem: null };
    deepEqual(due[0], { tenant, webhook: "one", id: due[0]?.id, type: "a.b", event: '{"at":10}', ...begun });
    deepEqual(
      due.map(({ nextAt }) => nextAt),
      [10, 20],
    );
    deepEqual(ids(await store.dueDeliveries(tenant, "one", 20, 1)), [due[0]?.id]);
  });
}

function reporting(on: Register): void {
  on("what became of a delivery is kept; a stranger's or a lost one is passed over", async (store) => {
    await withWebhooks(store);
    await store.commit([start("run_a", { deliveries: [delivery("one", 1), delivery("one", 2)] })]);
    const [first, second] = ids(await store.dueDeliveries(tenant, "one", 5, 10));
    if (first === undefined || second === undefined) throw new Error("expected two deliveries");
    const ended = { status: "delivered", attempts: 1, nextAt: null, endedAt: 9, answered: 204, problem: null } as const;
    const again = { status: "pending", attempts: 1, nextAt: 50, endedAt: null, answered: 500, problem: "broken" } as const;
    await store.recordDeliveries([
      { tenant, id: first, ...ended },
      { tenant, id: second, ...again },
      { tenant, id: 999, ...ended },
    ]);
    await store.recordDeliveries([{ tenant: "other", id: second, ...ended }]);
    deepEqual(await store.getDelivery(tenant, "one", second), {
      tenant,
      webhook: "one",
      id: second,
      type: "a.b",
      event: '{"at":2}',
      createdAt: 2,
      ...again,
    });
    equal(await store.nextDeliveryAt(tenant, "one"), 50);
    equal(await store.getDelivery("other", "one", second), null);
    equal(await store.getDelivery(tenant, "two", second), null);
    deepEqual(ids(await store.listDeliveries({ tenant, webhook: "one", limit: 10 })), [second, first]);
    deepEqual(ids(await store.listDeliveries({ tenant, webhook: "one", before: second, limit: 10 })), [first]);
    deepEqual(ids(await store.listDeliveries({ tenant, webhook: "one", status: "pending", limit: 10 })), [second]);
    deepEqual(await store.listDeliveries({ tenant: "other", webhook: "one", limit: 10 }), []);
  });

  on("old deliveries are forgotten, pending ones never; a webhook takes its own with it", async (store) => {
    await withWebhooks(store);
    await store.commit([start("run_a", { deliveries: [delivery("one", 1), delivery("one", 2), delivery("two", 3)] })]);
    const [first] = ids(await store.dueDeliveries(tenant, "one", 5, 10));
    await store.recordDeliveries([
      { tenant, id: first ?? 0, status: "failed", attempts: 3, nextAt: null, endedAt: 9, answered: null, problem: "x" },
    ]);
    equal(await store.forgetDeliveries(9, 10), 0);
    equal(await store.forgetDeliveries(10, 10), 1);
    equal(await store.deleteWebhook(tenant, "one"), true);
    equal(await store.deleteWebhook(tenant, "one"), false);
    deepEqual(await store.dueDeliveries(tenant, "one", 100, 10), []);
    equal((await store.dueDeliveries(tenant, "two", 100, 10)).length, 1);
  });
}
