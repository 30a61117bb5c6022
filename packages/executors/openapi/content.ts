// A request's body as bytes, for the media type that the document names.
import { randomBytes } from "node:crypto";
import { isArray, isObject, type Json } from "@baton/core";
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
    return media.startsWith("multipart/") ? multipart(media, value) : { type, content: form(value) };
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

/** A field for each item of a list; nothing for null. */
function pairs(fields: { readonly [name: string]: Json }): (readonly [string, Json])[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    (isArray(value) ? value : [value]).flatMap((item) => (item === null ? [] : [[name, item] as const])),
  );
}

interface File {
  readonly bytes: string | Uint8Array;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
}

const fileKeys = new Set(["base64", "text", "filename", "contentType"]);

/** A file as flows write it: `{ base64 | text, filename, contentType }`; undefined: the value is none. */
function fileOf(value: Json): File | undefined {
  if (!isObject(value) || !Object.entries(value).every(([key, item]) => fileKeys.has(key) && typeof item === "string")) return undefined;
  const { base64, text, filename, contentType } = value as { readonly [key: string]: string | undefined };
  if ((base64 === undefined) === (text === undefined)) return undefined;
  return { bytes: base64 === undefined ? (text ?? "") : Buffer.from(base64, "base64"), filename, contentType };
}

function multipart(media: string, fields: { readonly [name: string]: Json }): Payload {
  const boundary = `baton-${randomBytes(12).toString("hex")}`;
  const parts = pairs(fields).flatMap(([name, value]) => [`--${boundary}\r\n`, ...part(name, value), "\r\n"]);
  const bytes = [...parts, `--${boundary}--\r\n`].map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece));
  return { type: `${media}; boundary=${boundary}`, content: Buffer.concat(bytes) };
}

function part(name: string, value: Json): (string | Uint8Array)[] {
  const file = fileOf(value);
  if (file === undefined) {
    const type = isObject(value) || isArray(value) ? "Content-Type: application/json\r\n" : "";
    return [`Content-Disposition: form-data; name="${quoted(name)}"\r\n${type}\r\n`, textOf(value)];
  }
  const { bytes, filename = "file", contentType = "application/octet-stream" } = file;
  const type = contentType.replaceAll(/[\r\n]/g, "");
  return [`Content-Disposition: form-data; name="${quoted(name)}"; filename="${quoted(filename)}"\r\nContent-Type: ${type}\r\n\r\n`, bytes];
}

/** As browsers write it (HTML, "multipart/form-data"). */
function quoted(text: string): string {
  return text.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}
