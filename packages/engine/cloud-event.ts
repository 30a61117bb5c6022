// Events as they are passed around: CloudEvents 1.0 in the shape of their JSON format. An event is checked once, where
// it comes in or is emitted; whoever has a CloudEvent may rely on the rules.
import { get, isObject, type Json, type JsonObject } from "@baton/core";
import { attributeNameProblem, attributeProblem, eventVersion } from "@baton/dsl";

/** An event: its attributes (extensions among them) and its payload, `data` or `data_base64`, side by side. */
export type CloudEvent = JsonObject & {
  readonly specversion: string;
  readonly id: string;
  readonly source: string;
  readonly type: string;
};

/** One thing that is wrong with an event. */
export interface EventProblem {
  /** The attribute, or `data` and `data_base64`; empty: the event as a whole. */
  readonly attribute: string;
  readonly message: string;
}

const required = ["specversion", "id", "source", "type"];
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** An event, or everything that keeps the value from being one. Attributes that are null count as absent. */
export function readCloudEvent(
  value: Json,
): { readonly ok: true; readonly event: CloudEvent } | { readonly ok: false; readonly problems: readonly EventProblem[] } {
  if (!isObject(value)) return { ok: false, problems: [{ attribute: "", message: "An event must be an object." }] };
  const present = Object.entries(value).filter(([name, member]) => member !== null || name === "data");
  const problems = [...missing(value), ...present.flatMap(([name, member]) => memberProblems(name, member)), ...payloadProblems(value)];
  if (problems.length > 0) return { ok: false, problems };
  return { ok: true, event: (present.length === Object.keys(value).length ? value : Object.fromEntries(present)) as CloudEvent };
}

function missing(value: JsonObject): EventProblem[] {
  const absent = required.filter((name) => (get(value, name) ?? null) === null);
  return absent.map((name) => ({ attribute: name, message: `The event lacks the attribute ${name}.` }));
}

function memberProblems(name: string, value: Json): EventProblem[] {
  if (name === "data") return [];
  if (name === "data_base64") return base64Problems(value);
  const named = attributeNameProblem(name);
  if (named !== undefined) return [{ attribute: name, message: `"${name}" cannot be an attribute: ${named}.` }];
  const problem = attributeProblem(name, value);
  return problem === undefined ? [] : [{ attribute: name, message: `The attribute ${name} ${problem}.` }];
}

function base64Problems(value: Json): EventProblem[] {
  if (typeof value === "string" && base64.test(value)) return [];
  return [{ attribute: "data_base64", message: "data_base64 must be bytes in Base64." }];
}

function payloadProblems(value: JsonObject): EventProblem[] {
  const twice = (get(value, "data") ?? null) !== null && (get(value, "data_base64") ?? null) !== null;
  return twice ? [{ attribute: "data_base64", message: "An event has data or data_base64, not both." }] : [];
}

/** What identifies an event: the same source and id are the same event, however often it comes. */
export function eventKey({ source, id }: CloudEvent): string {
  return `${source}\n${id}`;
}

/** Whether the payload of that media type is JSON; so is one of no type. */
export function isJsonType(type: string | undefined): boolean {
  return type === undefined || /^[\w.+-]+\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type);
}

export { eventVersion };
