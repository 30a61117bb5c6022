// CloudEvents out of an HTTP request, as the HTTP protocol binding of CloudEvents 1.0 has them. What the body's type is decides: one
// event, a list of events, or the payload of an event whose attributes are headers.
import { apiError, maxEvents } from "@baton/api";
import { isArray, type Json } from "@baton/core";
import { isJsonType, readCloudEvent, type CloudEvent, type EventProblem } from "@baton/engine";
import type { ApiRequest } from "../exchange.ts";
import { readJsonBody } from "./json-body.ts";
import { InvalidRequest } from "./problems.ts";

const structured = "application/cloudevents+json";
const batch = "application/cloudevents-batch+json";

/** The events of a request; throws an InvalidRequest that names everything that is wrong with them. */
export function readEvents(request: ApiRequest): CloudEvent[] {
  const type = mediaType(request.contentType);
  if (type.startsWith("application/cloudevents") && type !== structured && type !== batch)
    throw apiError("body-type-unsupported", { message: `Events as ${type} are not read; this address reads ${structured} and ${batch}.` });
  if (isBinary(request)) return [checked([binaryEvent(request)], false)].flat();
  if (type === structured || type === batch || type === "application/json") return fromJson(readJsonBody(request.body), type);
  throw new InvalidRequest("event-invalid", "The request holds no event: its type is none of CloudEvents, and it has no ce- headers.", [
    { detail: `send ${structured}, ${batch}, or the headers ce-specversion, ce-id, ce-source and ce-type` },
  ]);
}

/** Whether the event's attributes are headers, and the body is its payload. */
export function isBinary(request: ApiRequest): boolean {
  const type = mediaType(request.contentType);
  return type !== structured && type !== batch && request.header("ce-specversion") !== undefined;
}

function fromJson(body: Json, type: string): CloudEvent[] {
  const isList = isArray(body);
  if ((type === batch) !== isList && type !== "application/json") {
    const wanted = type === batch ? "a list of events" : "one event";
    throw new InvalidRequest("event-invalid", `The body must be ${wanted}.`, [{ detail: `${type} is ${wanted}`, pointer: "" }]);
  }
  return checked(isList ? body : [body], isList);
}

function checked(values: readonly Json[], isList: boolean): CloudEvent[] {
  if (values.length > maxEvents)
    throw apiError("events-too-many", { message: `The request has ${values.length} events; at most ${maxEvents} are taken at a time.` });
  const events: CloudEvent[] = [];
  const items = values.flatMap((value, i) => {
    const read = readCloudEvent(value);
    if (!read.ok) return read.problems.map((problem) => itemOf(problem, isList ? `/${i}` : ""));
    events.push(read.event);
    return [];
  });
  if (items.length > 0) throw new InvalidRequest("event-invalid", items.map(({ detail }) => detail).join(" "), items);
  return events;
}

function itemOf({ attribute, message }: EventProblem, at: string): { readonly detail: string; readonly pointer: string } {
  return { detail: message, pointer: attribute === "" ? at : `${at}/${attribute.replaceAll("~", "~0").replaceAll("/", "~1")}` };
}

function binaryEvent(request: ApiRequest): Json {
  const event: { [attribute: string]: Json } = {};
  for (const name of request.headerNames()) if (isAttribute(name)) event[name.slice(3)] = headerText(request.header(name) ?? "");
  const { contentType } = request;
  if (contentType !== undefined) event["datacontenttype"] = contentType;
  return { ...event, ...payloadOf(request) };
}

/** The payload is the body, and its type the body's: no header stands for them. */
function isAttribute(header: string): boolean {
  return header.startsWith("ce-") && !["ce-data", "ce-data_base64", "ce-datacontenttype"].includes(header);
}

/** JSON where the type says so, a text where it is one, else bytes. */
function payloadOf(request: ApiRequest): { readonly [member: string]: Json } {
  const { contentType, body, bytes } = request;
  if (body === "" && (bytes?.length ?? 0) === 0) return {};
  if (isJsonType(contentType)) return { data: readJsonBody(body === "" && bytes !== undefined ? bytes.toString("utf8") : body) };
  if (bytes === undefined) return { data: body };
  return mediaType(contentType).startsWith("text/") ? { data: bytes.toString("utf8") } : { data_base64: bytes.toString("base64") };
}

/** Header values are percent-encoded where a header cannot carry them; one that is not is taken as it is. */
function headerText(value: string): string {
  const text = /^".*"$/s.test(value) ? value.slice(1, -1).replaceAll(/\\(.)/gs, "$1") : value;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function mediaType(contentType: string | undefined): string {
  return (contentType ?? "").replace(/;.*$/s, "").trim().toLowerCase();
}
