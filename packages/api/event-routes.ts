// Routes about events: they come in as CloudEvents, and can be looked at as long as they are kept.
import { bodyErrors, longestText, pageSize, pageToken, type Parameter, type Route } from "./route.ts";

const typeFilter: Parameter = { name: "type", in: "query", kind: { type: "text", maxLength: longestText }, summary: "Only of this type." };
const sourceFilter: Parameter = {
  name: "source",
  in: "query",
  kind: { type: "text", maxLength: longestText },
  summary: "Only of this source.",
};

/** By operation. */
export const eventRoutes = {
  sendEvents: {
    method: "POST",
    path: "/v1/events",
    tag: "events",
    summary:
      "Takes CloudEvents 1.0 in, over the HTTP binding: structured, a batch, or binary, where the attributes are headers (`ce-type`). Answered once they are stored with whom they are for; an event that comes again takes effect once.",
    parameters: [],
    body: {
      types: ["application/cloudevents+json", "application/cloudevents-batch+json", "application/json"],
      others: true,
      summary: "An event, a list of events, or the payload of the event in the headers.",
      required: false,
    },
    answers: { 202: { summary: "They are stored.", schema: "ReceivedEvents" } },
    errors: [...bodyErrors, "event-invalid", "event-signature-invalid", "events-too-many"],
  },
  listEvents: {
    method: "GET",
    path: "/v1/events",
    tag: "events",
    summary: "Lists the events that are kept, the newest first.",
    parameters: [typeFilter, sourceFilter, pageSize, pageToken],
    answers: { 200: { summary: "One page.", schema: "EventPage" } },
    errors: [],
  },
  getEvent: {
    method: "GET",
    path: "/v1/events/{event}",
    tag: "events",
    summary: "An event that is kept, by its number.",
    parameters: [],
    answers: { 200: { summary: "The event.", schema: "Event" } },
    errors: ["event-unknown"],
  },
} as const satisfies { readonly [operationId: string]: Route };
