// Sends one webhook's deliveries: what is due is read from the store, sent a few at a time, and reported back. One that
// fails is tried again later and later; others go on meanwhile, so the order of arrival is not promised.
//
// A delivery counts as sent only once that is stored: after a kill in between it is sent again, under the same id.
import type { Instant, Millis, Random } from "@baton/core";
import type { Message, MessageSender, SendOutcome } from "@baton/executors";
import type { DeliveryResult, Store, StoredDelivery } from "@baton/storage";
import type { Clock } from "../clock.ts";
import type { LogRecord } from "../log-record.ts";
import { deliveriesAtATime, deliveryDelaysMs, deliveryWakeMs, longestDeliveryDelayMs, retryDelayMs } from "../limits.ts";
import type { Webhook } from "./webhook.ts";

/** What an outlet needs of the runtime. */
export interface OutletParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly sender: MessageSender;
  readonly log: (record: LogRecord) => void;
  /** The request for a delivery; a text says why there is none (a secret is gone). */
  readonly messageOf: (webhook: Webhook, delivery: StoredDelivery, now: Instant) => Message | string;
  /** The receiver said that it is gone for good. */
  readonly gone: (webhook: Webhook) => void;
  /** A delivery has ended, or will be tried again. */
  readonly counted: (result: "delivered" | "failed" | "retried") => void;
}

/** One webhook's way out. */
export class Outlet {
  readonly #parts: OutletParts;
  readonly #webhook: Webhook;
  readonly #sending = new Map<number, AbortController>();
  #results: DeliveryResult[] = [];
  #reporting: Promise<void> | null = null;
  #checking = false;
  #again = false;
  #running = true;
  #cancelWake: () => void = () => undefined;

  constructor(parts: OutletParts, webhook: Webhook) {
    this.#parts = parts;
    this.#webhook = webhook;
  }

  /** Something may be due. */
  check(): void {
    this.#again = true;
    if (!this.#checking && this.#running) void this.#checkAll();
  }

  /** Sends nothing more; what is under way is aborted and sent again by the next outlet. */
  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelWake();
    for (const sending of this.#sending.values()) sending.abort();
    await this.#reporting;
  }

  async #checkAll(): Promise<void> {
    this.#checking = true;
    try {
      while (this.#again && this.#running) {
        this.#again = false;
        await this.#sendDue();
      }
    } catch (error) {
      this.#parts.log({
        level: "warning",
        message: `The deliveries of the webhook ${this.#webhook.name} could not be read; they are read again.`,
        error,
      });
      this.#wakeIn(retryDelayMs.longest);
    } finally {
      this.#checking = false;
    }
  }

  async #sendDue(): Promise<void> {
    const { store, clock } = this.#parts;
    const { tenant, name } = this.#webhook;
    const free = deliveriesAtATime - this.#sending.size;
    if (free <= 0) return;
    const due = await store.dueDeliveries(tenant, name, clock.now(), deliveriesAtATime + this.#sending.size);
    const fresh = due.filter(({ id }) => !this.#sending.has(id)).slice(0, free);
    if (!this.#running) return;
    for (const delivery of fresh) void this.#send(delivery);
    if (fresh.length < free) await this.#sleep();
  }

  async #sleep(): Promise<void> {
    const { store, clock } = this.#parts;
    const next = await store.nextDeliveryAt(this.#webhook.tenant, this.#webhook.name);
    const now = clock.now();
    // What is due already is being sent; its result calls for the next look.
    if (next !== null && next > now) this.#wakeIn(Math.min(next - now, deliveryWakeMs));
    else if (next !== null) this.#wakeIn(deliveryWakeMs);
  }

  #wakeIn(ms: Millis): void {
    this.#cancelWake();
    if (this.#running) this.#cancelWake = this.#parts.clock.after(ms, () => this.check());
  }

  async #send(delivery: StoredDelivery): Promise<void> {
    const { clock, sender, messageOf } = this.#parts;
    const sending = new AbortController();
    this.#sending.set(delivery.id, sending);
    const message = messageOf(this.#webhook, delivery, clock.now());
    const outcome =
      typeof message === "string" ? ({ kind: "unanswered", problem: message } as const) : await sender.send(message, sending.signal);
    if (!this.#running) return;
    this.#results.push(this.#resultOf(delivery, outcome));
    this.#reporting ??= this.#report();
  }

  #resultOf({ tenant, id, attempts: before }: StoredDelivery, outcome: SendOutcome): DeliveryResult {
    const { clock, gone, counted } = this.#parts;
    const attempts = before + 1;
    const now = clock.now();
    const answered = outcome.kind === "answered" ? outcome.status : null;
    const accepted = answered !== null && answered >= 200 && answered <= 299;
    const ended = { tenant, id, attempts, answered, nextAt: null, endedAt: now };
    if (accepted) {
      counted("delivered");
      return { ...ended, status: "delivered", problem: null };
    }
    const problem = outcome.kind === "answered" ? `The receiver answered ${outcome.status}.` : outcome.problem;
    if (answered === goneStatus) gone(this.#webhook);
    const delay = answered === goneStatus ? undefined : deliveryDelaysMs[before];
    counted(delay === undefined ? "failed" : "retried");
    if (delay === undefined) return { ...ended, status: "failed", problem };
    const asked = outcome.kind === "answered" ? (outcome.retryAfterMs ?? 0) : 0;
    return {
      ...ended,
      endedAt: null,
      status: "pending",
      problem,
      nextAt: now + Math.max(this.#jittered(delay), Math.min(asked, longestDeliveryDelayMs)),
    };
  }

  /** Up to a tenth more, so that what failed together does not come back together. */
  #jittered(delay: Millis): Millis {
    return Math.round(delay * (1 + this.#parts.random() / 10));
  }

  /** Stores what became of deliveries, as many at a time as there are; only then may they be read again. */
  async #report(): Promise<void> {
    while (this.#results.length > 0) {
      const results = this.#results;
      this.#results = [];
      await this.#store(results);
      for (const { id } of results) this.#sending.delete(id);
    }
    this.#reporting = null;
    this.check();
  }

  async #store(results: readonly DeliveryResult[]): Promise<void> {
    const { store, log, clock } = this.#parts;
    for (let delay = retryDelayMs.first; this.#running || delay === retryDelayMs.first; delay = Math.min(delay * 2, retryDelayMs.longest)) {
      try {
        return await store.recordDeliveries(results);
      } catch (error) {
        log({
          level: "warning",
          message: `Results of the webhook ${this.#webhook.name} could not be stored; they are kept and stored again.`,
          error,
        });
        await new Promise<void>((resolve) => void clock.after(delay, resolve));
      }
    }
  }
}

/** 410 Gone: the receiver asks never to be sent anything again. */
const goneStatus = 410;
