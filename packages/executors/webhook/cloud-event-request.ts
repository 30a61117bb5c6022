// An event as an HTTP request (CloudEvents 1.0, HTTP protocol binding): structured, the whole event as its JSON format, or
// binary, the payload as the body and every attribute in a header.
import type { Json } from "@baton/core";

/** Headers and body of the request. */
export interface EventRequest {
  readonly headers: { readonly [name: string]: string };
  readonly body: string | Uint8Array;
}

/** The request for an event that is written as JSON. */
export function eventRequest(event: string, content: "structured" | "binary"): EventRequest {
  if (content === "structured") return { headers: { "content-type": "application/cloudevents+json; charset=utf-8" }, body: event };
  return binaryRequest(JSON.parse(event) as WrittenEvent);
}

interface WrittenEvent {
  readonly [attribute: string]: Json | undefined;
  readonly data?: Json;
  readonly data_base64?: string;
  readonly datacontenttype?: string;
}

function binaryRequest({
  data,
  data_base64: bytes,
  datacontenttype: type = "application/json",
  ...attributes
}: WrittenEvent): EventRequest {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(attributes)) if (value !== undefined) headers[`ce-${name}`] = headerText(value);
  if (data !== undefined || bytes !== undefined) headers["content-type"] = type;
  return { headers, body: bodyOf(data, bytes, type) };
}

function bodyOf(data: Json | undefined, bytes: string | undefined, type: string): string | Uint8Array {
  if (bytes !== undefined) return Buffer.from(bytes, "base64");
  if (data === undefined) return "";
  const isJson = /^[^;]*[/+]json\s*(?:;|$)/i.test(type);
  return typeof data === "string" && !isJson ? data : JSON.stringify(data);
}

/** Percent-encoded where a header cannot carry it: everything but visible ASCII, and of that the quote and the percent sign. */
function headerText(value: Json): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return Array.from(Buffer.from(text, "utf8"), encodedByte).join("");
}

function encodedByte(byte: number): string {
  const char = String.fromCharCode(byte);
  return /^[!#-$&-~]$/.test(char) ? char : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
}
