// From a response to what the task puts out: the content as the response's content type says, never by looking at it.
import { promisify } from "node:util";
import { brotliDecompress, gunzip, inflate } from "node:zlib";
import { err, isDeeperThan, ok, type Json, type Result } from "@baton/core";
import type { WorkFault } from "@baton/engine";
import { maxResponseBytes, maxResponseDepth } from "../limits.ts";
import { isJsonType, mediaTypeOf } from "./request.ts";

/** Headers as undici gives them. */
export type RawHeaders = { readonly [name: string]: string | string[] | undefined };

const textTypes = new Set([
  "application/javascript",
  "application/x-www-form-urlencoded",
  "application/xml",
  "application/yaml",
  "application/x-yaml",
  "application/graphql",
  "application/sql",
]);

/** Headers by lower-case name; one that came several times has its values joined. */
export function plainHeaders(raw: RawHeaders): { [name: string]: string } {
  const headers: { [name: string]: string } = {};
  for (const [name, value] of Object.entries(raw)) if (value !== undefined) headers[name] = Array.isArray(value) ? value.join(", ") : value;
  return headers;
}

/** A fault of the peer's answer. */
export function badAnswer(title: string, detail: string): WorkFault {
  return { kind: "communication", status: 500, title, detail };
}

/** The fault for a body over the limit. */
export function tooLarge(shown: string, limit: number = maxResponseBytes): WorkFault {
  return badAnswer("Response too large", `${shown} answered with more than ${limit} bytes, the most that a call takes in.`);
}

/** Reads a body to its end, but never more than the limit. */
export async function readBody(stream: AsyncIterable<Uint8Array>, shown: string): Promise<Result<Buffer, WorkFault>> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    size += chunk.length;
    if (size > maxResponseBytes) return err(tooLarge(shown));
    chunks.push(chunk);
  }
  return ok(Buffer.concat(chunks, size));
}

const decompressors: { readonly [encoding: string]: (bytes: Buffer, options: { maxOutputLength: number }) => Promise<Buffer> } = {
  gzip: promisify(gunzip),
  "x-gzip": promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
};

/** Undoes the content encoding, where there is one. */
export async function decompress(
  bytes: Buffer,
  encoding: string | undefined,
  shown: string,
  limit: number = maxResponseBytes,
): Promise<Result<Buffer, WorkFault>> {
  const name = encoding?.trim().toLowerCase() ?? "identity";
  if (name === "identity" || name === "" || bytes.length === 0) return ok(bytes);
  const decompressor = Object.hasOwn(decompressors, name) ? decompressors[name] : undefined;
  if (decompressor === undefined)
    return err(badAnswer("Unknown content encoding", `${shown} answered with the content encoding "${name}", which is not known here.`));
  try {
    return ok(await decompressor(bytes, { maxOutputLength: limit }));
  } catch (error) {
    const over = error instanceof Error && "code" in error && error.code === "ERR_BUFFER_TOO_LARGE";
    return err(over ? tooLarge(shown, limit) : badAnswer("Broken content encoding", `${shown} answered with a body that is not ${name}.`));
  }
}

/** The content as a value: JSON is read, text is text, anything else is base64; nothing is null. */
export function readContent(bytes: Buffer, contentType: string | undefined, shown: string): Result<Json, WorkFault> {
  if (bytes.length === 0) return ok(null);
  if (contentType === undefined) return ok(bytes.toString("base64"));
  const mediaType = mediaTypeOf(contentType);
  if (isJsonType(mediaType)) return readJson(bytes, shown);
  return ok(isText(mediaType) ? decodeText(bytes, contentType) : bytes.toString("base64"));
}

/** The content as people can read it, empty where they cannot. */
export function textOf(bytes: Buffer, contentType: string | undefined): string {
  const mediaType = mediaTypeOf(contentType ?? "");
  return isJsonType(mediaType) || isText(mediaType) ? decodeText(bytes, contentType ?? "") : "";
}

function isText(mediaType: string): boolean {
  return mediaType.startsWith("text/") || mediaType.endsWith("+xml") || mediaType.endsWith("+yaml") || textTypes.has(mediaType);
}

function readJson(bytes: Buffer, shown: string): Result<Json, WorkFault> {
  try {
    const value = JSON.parse(new TextDecoder().decode(bytes)) as Json;
    if (!isDeeperThan(value, maxResponseDepth)) return ok(value);
    return err(badAnswer("Response too deep", `${shown} answered with JSON of more than ${maxResponseDepth} levels.`));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return err(badAnswer("Response is not JSON", `${shown} calls its answer JSON, but it does not parse: ${reason}.`));
  }
}

function decodeText(bytes: Buffer, contentType: string): string {
  const charset = /;\s*charset="?([\w.:-]+)"?/i.exec(contentType)?.[1] ?? "utf-8";
  try {
    return new TextDecoder(charset).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}
