// All webhooks: kept in the store, all of them in memory, each with an outlet of its own while it is not paused.
import { createHash } from "node:crypto";
import { formatInstant, type Instant } from "@baton/core";
import type { CloudEvent } from "@baton/engine";
import { eventRequest, signatureHeaders, signingKeyOf, type Message, type SendOutcome } from "@baton/executors";
import type { NewDelivery, StoredDelivery, StoredWebhook } from "@baton/storage";
import { runtimeError } from "../errors.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { forgetting, keptDeliveriesMs } from "../limits.ts";
import { deliveriesOf, type Told } from "./outgoing.ts";
import { Outlet, type OutletParts } from "./outlet.ts";
import { webhookLimits, type Webhook, type WebhookSpec } from "./webhook.ts";

/** What webhooks need of the runtime. */
export interface WebhookParts extends Omit<OutletParts, "messageOf" | "gone"> {
  /** The secret of a tenant by name. */
  readonly secrets: Secrets;
}

const none: readonly Webhook[] = [];

/** The webhooks of all tenants. */
export class Webhooks {
  readonly #parts: WebhookParts;
  readonly #webhooks = new Map<string, Webhook>();
  readonly #ofTenant = new Map<string, readonly Webhook[]>();
  readonly #outlets = new Map<string, Outlet>();
  #running = false;
  #cancelForgetting: () => void = () => undefined;

  constructor(parts: WebhookParts) {
    this.#parts = parts;
  }

  /** Reads what is stored, and begins to send. */
  async start(): Promise<void> {
    for (const stored of await this.#parts.store.listWebhooks()) this.#remember(fromStored(stored));
    this.#running = true;
    for (const webhook of this.#webhooks.values()) this.#open(webhook);
    if (this.#webhooks.size > 0) void this.#forgetOld();
  }

  async stop(): Promise<void> {
    this.#running = false;
    this.#cancelForgetting();
    await Promise.all([...this.#outlets.values()].map((outlet) => outlet.stop()));
    await this.#parts.sender.close();
  }

  list(tenant: string): readonly Webhook[] {
    return this.#ofTenant.get(tenant) ?? none;
  }

  get(tenant: string, name: string): Webhook {
    const webhook = this.#webhooks.get(keyOf(tenant, name));
    if (!webhook) throw runtimeError("webhook-unknown", { message: `There is no webhook called ${name}.`, where: name });
    return webhook;
  }

  /** Creates a webhook or changes it; answers whether it is new. */
  async put(tenant: string, name: string, spec: WebhookSpec): Promise<{ readonly webhook: Webhook; readonly created: boolean }> {
    const before = this.#webhooks.get(keyOf(tenant, name));
    if (!before && this.list(tenant).length >= webhookLimits.webhooksPerTenant) throw runtimeError("webhooks-too-many", { where: name });
    const webhook = await this.#store({ ...spec, tenant, name, paused: before?.paused ?? null, updatedAt: this.#parts.clock.now() });
    if (!before) void this.#forgetOld();
    return { webhook, created: !before };
  }

  /** Creates a webhook unless one of that name is there: names of these say what they are. Rejects with secret-unknown where it could not sign. */
  async ensure(tenant: string, name: string, spec: WebhookSpec): Promise<void> {
    const namespace = spec.namespace ?? defaultNamespace;
    for (const secret of spec.secrets)
      if (this.#parts.secrets.read(tenant, namespace, secret) === undefined)
        throw runtimeError("secret-unknown", {
          message: `There is no secret called ${secret} in the namespace ${namespace}, where those that sign what a job tells are.`,
          where: `${namespace}/${secret}`,
          next: `Set it with \`baton secret set ${secret}\`, or name one that \`baton secret list\` shows.`,
        });
    if (!this.#webhooks.has(keyOf(tenant, name))) await this.put(tenant, name, spec);
  }

  async delete(tenant: string, name: string): Promise<void> {
    const webhook = this.get(tenant, name);
    await this.#parts.store.deleteWebhook(tenant, name);
    this.#webhooks.delete(keyOf(tenant, name));
    this.#regroup(tenant);
    await this.#close(webhook);
  }

  /** Holds what is to be sent, or lets it go on; null: go on. */
  async pause(tenant: string, name: string, reason: string | null): Promise<Webhook> {
    const webhook = this.get(tenant, name);
    if ((webhook.paused === null) === (reason === null)) return webhook;
    return this.#store({ ...webhook, paused: reason, updatedAt: this.#parts.clock.now() });
  }

  /** Sends an event that says no more than that it is a test, once, and tells what became of it. */
  async test(tenant: string, name: string): Promise<SendOutcome> {
    const { clock, sender, random } = this.#parts;
    const webhook = this.get(tenant, name);
    const now = clock.now();
    const event = {
      specversion: "1.0",
      id: `test-${now}-${random()}`,
      source: `/v1/webhooks/${name}`,
      type: testType,
      time: formatInstant(now),
    };
    const message = this.#messageOf(webhook, JSON.stringify(event), now);
    return typeof message === "string" ? { kind: "unanswered", problem: message } : sender.send(message);
  }

  /** Sends a delivery again that has ended. */
  async redeliver(tenant: string, name: string, id: number): Promise<StoredDelivery> {
    const { store, clock } = this.#parts;
    this.get(tenant, name);
    const delivery = await store.getDelivery(tenant, name, id);
    if (!delivery) throw runtimeError("delivery-unknown", { message: `The webhook ${name} has no delivery ${id}.`, where: String(id) });
    if (delivery.status === "pending") return delivery;
    const again = { ...delivery, status: "pending", attempts: 0, nextAt: clock.now(), endedAt: null } as const;
    await store.recordDeliveries([again]);
    this.wake(tenant, name);
    return again;
  }

  /** What is to be stored with a decision; undefined where nobody wants to hear of it. */
  deliveriesOf(tenant: string, told: Told): readonly NewDelivery[] | undefined {
    const webhooks = this.#ofTenant.get(tenant);
    if (webhooks === undefined) return undefined;
    const deliveries = deliveriesOf(webhooks, told, this.#parts.clock.now());
    return deliveries.length > 0 ? deliveries : undefined;
  }

  /** Deliveries of that webhook are stored. */
  wake(tenant: string, name: string): void {
    this.#outlets.get(keyOf(tenant, name))?.check();
  }

  async #store(webhook: Webhook): Promise<Webhook> {
    const { tenant, name, updatedAt, ...definition } = webhook;
    await this.#parts.store.putWebhook({ tenant, name, updatedAt, definition: JSON.stringify(definition) });
    this.#remember(webhook);
    await this.#close(webhook);
    this.#open(webhook);
    return webhook;
  }

  #remember(webhook: Webhook): void {
    this.#webhooks.set(keyOf(webhook.tenant, webhook.name), webhook);
    this.#regroup(webhook.tenant);
  }

  #regroup(tenant: string): void {
    const webhooks = [...this.#webhooks.values()].filter((webhook) => webhook.tenant === tenant);
    if (webhooks.length === 0) this.#ofTenant.delete(tenant);
    else
      this.#ofTenant.set(
        tenant,
        webhooks.sort((a, b) => (a.name < b.name ? -1 : 1)),
      );
  }

  #open(webhook: Webhook): void {
    if (!this.#running || webhook.paused !== null) return;
    const outlet = new Outlet(
      {
        ...this.#parts,
        messageOf: (to, { event }, now) => this.#messageOf(to, event, now),
        gone: ({ tenant, name }) => void this.#pauseGone(tenant, name),
      },
      webhook,
    );
    this.#outlets.set(keyOf(webhook.tenant, webhook.name), outlet);
    outlet.check();
  }

  async #close({ tenant, name }: Webhook): Promise<void> {
    const outlet = this.#outlets.get(keyOf(tenant, name));
    this.#outlets.delete(keyOf(tenant, name));
    await outlet?.stop();
  }

  async #pauseGone(tenant: string, name: string): Promise<void> {
    const { log } = this.#parts;
    try {
      await this.pause(tenant, name, "The receiver answered 410: it is gone.");
      log({ level: "warning", message: `The webhook ${name} is paused: its receiver answered that it is gone.` });
    } catch (error) {
      log({ level: "error", message: `The webhook ${name} could not be paused.`, error });
    }
  }

  #messageOf(webhook: Webhook, event: string, now: Instant): Message | string {
    const { headers, body } = eventRequest(event, webhook.content);
    const keys: Uint8Array[] = [];
    for (const secret of webhook.secrets) {
      const value = this.#parts.secrets.read(webhook.tenant, webhook.namespace ?? defaultNamespace, secret);
      const key = typeof value === "string" ? signingKeyOf(value) : null;
      if (key === null)
        return value === undefined
          ? `There is no secret called ${secret}.`
          : `The secret ${secret} is not a key of 24 to 64 bytes in base64.`;
      keys.push(key);
    }
    const signature = keys.length > 0 ? signatureHeaders(keys, { id: messageIdOf(event), at: now, body }) : {};
    return { url: webhook.url, headers: { "user-agent": "baton", "webhook-id": messageIdOf(event), ...headers, ...signature }, body };
  }

  async #forgetOld(): Promise<void> {
    const { store, clock, log } = this.#parts;
    this.#cancelForgetting();
    try {
      while (this.#running && (await store.forgetDeliveries(clock.now() - keptDeliveriesMs, forgetting.page)) === forgetting.page);
    } catch (error) {
      log({ level: "warning", message: "Old deliveries could not be forgotten; it is tried again.", error });
    }
    if (this.#running) this.#cancelForgetting = clock.after(forgetting.everyMs, () => void this.#forgetOld());
  }
}

/** Where the secrets of a webhook lie that is not of one namespace. */
const defaultNamespace = "default";

/** The type of the event that a test sends. */
export const testType = "io.baton.webhook.test.v1";

/** The same for every try of the same event, to every receiver. */
function messageIdOf(event: string): string {
  const { source, id } = JSON.parse(event) as CloudEvent;
  return `msg_${createHash("sha256").update(`${source}\n${id}`).digest("base64url").slice(0, 27)}`;
}

function fromStored({ tenant, name, definition, updatedAt }: StoredWebhook): Webhook {
  return { ...(JSON.parse(definition) as Omit<Webhook, "tenant" | "name" | "updatedAt">), tenant, name, updatedAt };
}

function keyOf(tenant: string, name: string): string {
  return `${tenant}\n${name}`;
}
