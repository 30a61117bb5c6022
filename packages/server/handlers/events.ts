// Events: taken in, and shown as long as they are kept.
import type { KeptEvent, ReceivedEvents } from "@baton/api";
import { apiError } from "@baton/api";
import { formatInstant, type JsonObject } from "@baton/core";
import { signatureProblem, type SignatureProblem } from "@baton/executors";
import type { KeptEvent as Stored } from "@baton/storage";
import { tenant, type ApiRequest, type Handler, type Services } from "../exchange.ts";
import { isBinary, readEvents } from "../http/cloud-events.ts";
import { pageOf, pageSizeOf, startAfter } from "./paging.ts";

/** POST /v1/events */
export const sendEvents: Handler = async (request, services) => {
  checkSignature(request, services);
  const events = readEvents(request);
  const received = await Promise.all(events.map((event) => services.runtime.events.receive(tenant, event)));
  const value: ReceivedEvents = {
    events: received.map(({ event, isDuplicate, consumers }, i) => {
      const { source = "", id = "" } = events[i] ?? {};
      return { event, source, id, duplicate: isDuplicate, listeners: consumers };
    }),
  };
  return { status: 202, value };
};

/** GET /v1/events */
export const listEvents: Handler = async (request, { runtime }) => {
  const size = pageSizeOf(request);
  const before = startAfter(request);
  const type = request.text("type");
  const source = request.text("source");
  const events = await runtime.events.list({
    tenant,
    limit: size + 1,
    ...(type !== undefined && { type }),
    ...(source !== undefined && { source }),
    ...(before !== undefined && { before: numberOf(before) }),
  });
  return { status: 200, value: pageOf(events.map(shown), size, ({ event }) => String(event)) };
};

/** GET /v1/events/{event} */
export const getEvent: Handler = async (request, { runtime }) => ({
  status: 200,
  value: shown(await runtime.events.get(tenant, numberOf(request.path["event"] ?? ""))),
});

const explanations: { readonly [P in SignatureProblem]: string } = {
  missing: "The request is not signed: it lacks webhook-id, webhook-timestamp or webhook-signature.",
  malformed: "The request's signature cannot be read.",
  stale: "The request was signed too long ago, or by a clock that is far off.",
  forged: "The request's signature fits none of the secrets.",
};

const unsignedHeaders =
  "The signature covers the body, not the event's attributes, which stand in headers; send signed events as application/cloudevents+json.";

/** Where the server has secrets for it, who sends events must sign them. */
function checkSignature(request: ApiRequest, { eventKeys }: Services): void {
  const keys = eventKeys();
  if (keys === undefined) return;
  const names = ["webhook-id", "webhook-timestamp", "webhook-signature"];
  const headers = Object.fromEntries(names.map((name) => [name, request.header(name)]));
  const problem = signatureProblem(keys, headers, request.bytes ?? request.body, Date.now());
  if (problem !== null) throw apiError("event-signature-invalid", { message: explanations[problem] });
  // A signature covers the body, and nothing that stands in headers: whoever has seen a signed payload could give it another type.
  if (isBinary(request)) throw apiError("event-signature-invalid", { message: unsignedHeaders });
}

/** A number that no event has where the text is none. */
function numberOf(text: string): number {
  return /^\d{1,15}$/.test(text) ? Number(text) : 0;
}

function shown({ event, source, id, type, receivedAt, consumed, content }: Stored): KeptEvent {
  return { event, source, id, type, receivedAt: formatInstant(receivedAt), consumed, content: JSON.parse(content) as JsonObject };
}
