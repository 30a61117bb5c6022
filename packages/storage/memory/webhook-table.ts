// Webhooks and their deliveries in memory.
import type { Instant } from "@baton/core";
import type { DeliveryQuery, DeliveryResult, NewDelivery, StoredDelivery, StoredWebhook, WebhookStore } from "../webhook-port.ts";

type Sync<T> = { [K in keyof T]: T[K] extends (...args: infer A) => Promise<infer R> ? (...args: A) => R : never };

/** The tables, as every store has them. */
export class WebhookTable implements Sync<WebhookStore> {
  readonly #webhooks = new Map<string, StoredWebhook>();
  /** In the order of their ids. */
  readonly #deliveries = new Map<number, StoredDelivery>();
  #lastId = 0;

  /** With the commit that they tell of. */
  add(tenant: string, deliveries: readonly NewDelivery[]): void {
    for (const { webhook, type, event, at } of deliveries) {
      if (!this.#webhooks.has(keyOf(tenant, webhook))) continue;
      const id = ++this.#lastId;
      const begun = { status: "pending", attempts: 0, nextAt: at, createdAt: at, endedAt: null, answered: null, problem: null } as const;
      this.#deliveries.set(id, { tenant, webhook, id, type, event, ...begun });
    }
  }

  putWebhook(webhook: StoredWebhook): void {
    this.#webhooks.set(keyOf(webhook.tenant, webhook.name), webhook);
  }

  deleteWebhook(tenant: string, name: string): boolean {
    for (const { id } of this.#of(tenant, name)) this.#deliveries.delete(id);
    return this.#webhooks.delete(keyOf(tenant, name));
  }

  listWebhooks(): readonly StoredWebhook[] {
    return [...this.#webhooks.values()].sort((a, b) => (keyOf(a.tenant, a.name) < keyOf(b.tenant, b.name) ? -1 : 1));
  }

  dueDeliveries(tenant: string, webhook: string, until: Instant, limit: number): readonly StoredDelivery[] {
    const due = this.#of(tenant, webhook).filter(({ nextAt }) => nextAt !== null && nextAt <= until);
    return due.sort((a, b) => (a.nextAt ?? 0) - (b.nextAt ?? 0) || a.id - b.id).slice(0, limit);
  }

  nextDeliveryAt(tenant: string, webhook: string): Instant | null {
    let next: Instant | null = null;
    for (const { nextAt } of this.#of(tenant, webhook)) if (nextAt !== null && (next === null || nextAt < next)) next = nextAt;
    return next;
  }

  recordDeliveries(results: readonly DeliveryResult[]): void {
    for (const result of results) {
      const delivery = this.#deliveries.get(result.id);
      if (delivery?.tenant === result.tenant) this.#deliveries.set(result.id, { ...delivery, ...result });
    }
  }

  listDeliveries({ tenant, webhook, status, before = Number.POSITIVE_INFINITY, limit }: DeliveryQuery): readonly StoredDelivery[] {
    const wanted = this.#of(tenant, webhook).filter((one) => one.id < before && (status === undefined || one.status === status));
    return wanted.sort((a, b) => b.id - a.id).slice(0, limit);
  }

  getDelivery(tenant: string, webhook: string, id: number): StoredDelivery | null {
    const delivery = this.#deliveries.get(id);
    return delivery?.tenant === tenant && delivery.webhook === webhook ? delivery : null;
  }

  forgetDeliveries(endedBefore: Instant, limit: number): number {
    const old = [...this.#deliveries.values()].filter(({ endedAt }) => endedAt !== null && endedAt < endedBefore).slice(0, limit);
    for (const { id } of old) this.#deliveries.delete(id);
    return old.length;
  }

  #of(tenant: string, webhook: string): StoredDelivery[] {
    return [...this.#deliveries.values()].filter((one) => one.tenant === tenant && one.webhook === webhook);
  }
}

function keyOf(tenant: string, name: string): string {
  return `${tenant}\n${name}`;
}
