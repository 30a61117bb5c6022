// A request's body as bytes, for the media type that the document names.
import { isArray, isObject, type Json } from "@baton/core";
import { encodeMultipart, fileOf, pairs } from "../http/multipart.ts";
import { isJsonType, mediaTypeOf } from "../http/request.ts";
import { callFault, Unusable } from "./fault.ts";
import { textOf } from "./style.ts";

/** A body that is ready to be sent. */
export interface Payload {
  readonly type: string;
  readonly content: string | Uint8Array;
}

/** Media types in the order in which they are chosen where an operation takes several. */
const preferred: readonly ((type: string) => boolean)[] = [
  isJsonType,
  (type) => type === "*/*" || type === "application/*",
  (type) => type === "application/x-www-form-urlencoded",
  (type) => type === "multipart/form-data",
  (type) => type.startsWith("text/"),
  () => true,
];

/** The media type to send, of those that the operation takes. */
export function chooseType(types: readonly string[]): string | undefined {
  for (const wanted of preferred) {
    const found = types.find((type) => wanted(mediaTypeOf(type)));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True for the types whose body is made of named fields. */
export function hasFields(type: string): boolean {
  const media = mediaTypeOf(type);
  return media === "application/x-www-form-urlencoded" || media.startsWith("multipart/");
}

/** Encodes a body; throws Unusable for a value that the type cannot carry. */
export function encodeContent(operation: string, type: string, value: Json): Payload {
  const media = mediaTypeOf(type);
  if (isJsonType(media)) return { type, content: JSON.stringify(value) };
  if (media === "*/*" || media === "application/*") return { type: "application/json", content: JSON.stringify(value) };
  if (hasFields(type)) {
    if (!isObject(value)) throw new Unusable(callFault(operation, `its body of type ${media} must be an object.`));
    return media.startsWith("multipart/") ? encodeMultipart(media, value) : { type, content: form(value) };
  }
  const file = fileOf(value);
  if (file !== undefined) return { type: file.contentType ?? type, content: file.bytes };
  if (typeof value === "string" || (media.startsWith("text/") && !isArray(value) && !isObject(value)))
    return { type, content: textOf(value) };
  throw new Unusable(callFault(operation, `its body of type ${media} must be a text, or \`{ base64: ... }\` for bytes.`));
}

function form(fields: { readonly [name: string]: Json }): string {
  const form = new URLSearchParams();
  for (const [name, value] of pairs(fields)) form.append(name, textOf(value));
  return form.toString();
}
