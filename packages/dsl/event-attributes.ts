// What the attributes of an event may be (CloudEvents 1.0.2, "Context Attributes" and "Type System"): the same rules for
// an event that a flow emits, one that a filter awaits, and one that comes in.
import type { Json } from "@baton/core";
import { formatCheck, type FormatCheck } from "./schema/formats.ts";

/** The version of the CloudEvents specification that events are of. */
export const eventVersion = "1.0";

/** The members of an event that are not attributes: its payload. */
const payload = ["data", "data_base64"];

/** The longest text of an attribute; more is no context but content. */
export const maxAttributeLength = 4_096;

const attributeName = /^[a-z0-9]+$/;
const mediaType = /^[\w!#$&^.+-]+\/[\w!#$&^.+-]+(?:\s*;\s*[\w!#$&^.+-]+=(?:[\w!#$&^.+-]+|"[^"]*"))*$/;
/** Characters that no attribute may hold: controls, lone surrogates and non-characters. */
const forbidden = /[\p{Cc}\p{Cs}\uFDD0-\uFDEF\uFFFE\uFFFF]/u;
const maxInteger = 2_147_483_647;

function format(name: string): FormatCheck {
  return formatCheck(name) as FormatCheck;
}

/** What each standard attribute must be beyond a text that is not empty. */
const shapes: { readonly [name: string]: { readonly what: string; readonly test: (text: string) => boolean } } = {
  specversion: { what: `"${eventVersion}"`, test: (text) => text === eventVersion },
  id: { what: "a text", test: () => true },
  type: { what: "a text", test: () => true },
  subject: { what: "a text", test: () => true },
  source: { what: "a URI or a relative reference", test: format("uri-reference") },
  dataschema: { what: "a URI with a scheme", test: format("uri") },
  time: { what: format("date-time").what, test: format("date-time") },
  datacontenttype: { what: "a media type, such as application/json", test: (text) => mediaType.test(text) },
};

/** The attributes that the specification of events itself names. */
export const standardAttributes: readonly string[] = Object.keys(shapes);

/** The members of an event that a flow may write. */
export const eventMembers: readonly string[] = [...standardAttributes, ...payload];

/** What is wrong with the name of an attribute; undefined: nothing. */
export function attributeNameProblem(name: string): string | undefined {
  if (attributeName.test(name) || payload.includes(name)) return undefined;
  return "an attribute's name has only lower-case letters and digits";
}

/** What is wrong with an attribute's value, as a part of a sentence behind its name; undefined: nothing. */
export function attributeProblem(name: string, value: Json): string | undefined {
  const shape = Object.hasOwn(shapes, name) ? shapes[name] : undefined;
  if (typeof value === "string") return textProblem(value, shape);
  if (shape !== undefined) return `must be ${shape.what}`;
  if (typeof value === "boolean") return undefined;
  if (typeof value !== "number") return "must be a text, a whole number, or true or false";
  return Number.isInteger(value) && Math.abs(value) <= maxInteger ? undefined : `must be a whole number of at most ${maxInteger}`;
}

function textProblem(value: string, shape: (typeof shapes)[string] | undefined): string | undefined {
  if (value.length > maxAttributeLength) return `must have at most ${maxAttributeLength} characters, but has ${value.length}`;
  if (forbidden.test(value)) return "holds a control character, or one that is none";
  if (shape === undefined) return undefined;
  if (value === "") return "must not be empty";
  return shape.test(value) ? undefined : `must be ${shape.what}`;
}
