// What a store keeps for webhooks: who wants to hear of which events, and each event that one of them is to be sent.
// A delivery is stored with the decision that it tells of, in one transaction, so that none is lost and none is made up.
import type { Instant } from "@baton/core";

/** A webhook; what it wants is opaque text here. */
export interface StoredWebhook {
  readonly tenant: string;
  readonly name: string;
  readonly definition: string;
  readonly updatedAt: Instant;
}

/** An event to be sent to a webhook. */
export interface NewDelivery {
  readonly webhook: string;
  /** The event's type, to be listed by. */
  readonly type: string;
  /** The event, as JSON. */
  readonly event: string;
  /** From when on it is to be sent. */
  readonly at: Instant;
}

/** Of a delivery: still to be sent, accepted by the receiver, or given up. */
export type DeliveryStatus = "pending" | "delivered" | "failed";

/** A delivery with what became of it so far. */
export interface StoredDelivery {
  readonly tenant: string;
  readonly webhook: string;
  /** Counts up over all deliveries. */
  readonly id: number;
  readonly type: string;
  readonly event: string;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** When it is tried next; null: not any more. */
  readonly nextAt: Instant | null;
  readonly createdAt: Instant;
  readonly endedAt: Instant | null;
  /** The status that the receiver answered with last; null: there was no answer yet. */
  readonly answered: number | null;
  /** Why the last try failed. */
  readonly problem: string | null;
}

/** What one try led to. */
export type DeliveryResult = Pick<StoredDelivery, "tenant" | "id" | "status" | "attempts" | "nextAt" | "endedAt" | "answered" | "problem">;

/** Which deliveries of a webhook, the newest first. */
export interface DeliveryQuery {
  readonly tenant: string;
  readonly webhook: string;
  readonly status?: DeliveryStatus;
  /** Only older ones than the one with this id. */
  readonly before?: number;
  readonly limit: number;
}

/** The part of a store that is about webhooks. */
export interface WebhookStore {
  /** Replaces the one of that name. */
  putWebhook(webhook: StoredWebhook): Promise<void>;
  /** With all its deliveries; answers false where there is none. */
  deleteWebhook(tenant: string, name: string): Promise<boolean>;
  /** Of all tenants. */
  listWebhooks(): Promise<readonly StoredWebhook[]>;
  /** Those of a webhook that are due, the earliest first. */
  dueDeliveries(tenant: string, webhook: string, until: Instant, limit: number): Promise<readonly StoredDelivery[]>;
  /** When the next one of a webhook is due. */
  nextDeliveryAt(tenant: string, webhook: string): Promise<Instant | null>;
  /** One transaction; a delivery that is gone is passed over. */
  recordDeliveries(results: readonly DeliveryResult[]): Promise<void>;
  listDeliveries(query: DeliveryQuery): Promise<readonly StoredDelivery[]>;
  getDelivery(tenant: string, webhook: string, id: number): Promise<StoredDelivery | null>;
  /** Forgets deliveries that ended before that instant, at most so many; answers how many. */
  forgetDeliveries(endedBefore: Instant, limit: number): Promise<number>;
}
