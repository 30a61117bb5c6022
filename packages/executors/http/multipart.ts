// Forms with files in them (RFC 7578).
import { randomBytes } from "node:crypto";
import { isArray, isObject, type Json } from "@baton/core";

/** A field as text: a text as it is, anything else as JSON. */
export function fieldText(value: Json): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A field for each item of a list; nothing for null. */
export function pairs(fields: { readonly [name: string]: Json }): (readonly [string, Json])[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    (isArray(value) ? value : [value]).flatMap((item) => (item === null ? [] : [[name, item] as const])),
  );
}

/** A file of a form. */
export interface File {
  readonly bytes: string | Uint8Array;
  readonly filename: string | undefined;
  readonly contentType: string | undefined;
}

const fileKeys = new Set(["base64", "text", "filename", "contentType"]);

/** A file as flows write it: `{ base64 | text, filename, contentType }`; undefined: the value is none. */
export function fileOf(value: Json): File | undefined {
  if (!isObject(value) || !Object.entries(value).every(([key, item]) => fileKeys.has(key) && typeof item === "string")) return undefined;
  const { base64, text, filename, contentType } = value as { readonly [key: string]: string | undefined };
  if ((base64 === undefined) === (text === undefined)) return undefined;
  return { bytes: base64 === undefined ? (text ?? "") : Buffer.from(base64, "base64"), filename, contentType };
}

/** The body of a form whose fields may be files. */
export function encodeMultipart(
  mediaType: string,
  fields: { readonly [name: string]: Json },
): { readonly type: string; readonly content: Buffer } {
  const boundary = `baton-${randomBytes(12).toString("hex")}`;
  const parts = pairs(fields).flatMap(([name, value]) => [`--${boundary}\r\n`, ...part(name, value), "\r\n"]);
  const bytes = [...parts, `--${boundary}--\r\n`].map((piece) => (typeof piece === "string" ? Buffer.from(piece) : piece));
  return { type: `${mediaType}; boundary=${boundary}`, content: Buffer.concat(bytes) };
}

function part(name: string, value: Json): (string | Uint8Array)[] {
  const file = fileOf(value);
  if (file === undefined) {
    const type = isObject(value) || isArray(value) ? "Content-Type: application/json\r\n" : "";
    return [`Content-Disposition: form-data; name="${quoted(name)}"\r\n${type}\r\n`, fieldText(value)];
  }
  const { bytes, filename = "file", contentType = "application/octet-stream" } = file;
  const type = contentType.replaceAll(/[\r\n]/g, "");
  return [`Content-Disposition: form-data; name="${quoted(name)}"; filename="${quoted(filename)}"\r\nContent-Type: ${type}\r\n\r\n`, bytes];
}

/** As browsers write it (HTML, "multipart/form-data"). */
function quoted(text: string): string {
  return text.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}
