// The texts by which a secret could be recognised: as it is, and as JSON, URLs, forms and base64 have it. Base64 is looked
// for at all three ways in which three bytes can begin, because a secret may stand in the middle of what was encoded.
import { isArray, isObject, type Json } from "@baton/core";

/** What stands in place of a secret. */
export const hidden = "***";

/** Shorter secrets are not looked for: they stand in too much that has nothing to do with them. */
export const shortestHidden = 4;

/** What to look for. */
export interface Needles {
  /** The longest first, so that one within another does not uncover the rest of it. */
  readonly texts: readonly string[];
  readonly numbers: ReadonlySet<number>;
  /** All of them as they stand in JSON. */
  readonly written: readonly string[];
}

/** The needles of secrets. */
export function needlesOf(secrets: readonly Json[]): Needles {
  const leaves = secrets.flatMap(leavesOf);
  const texts = new Set(leaves.map(String).filter(longEnough).flatMap(formsOf));
  const numbers = leaves.filter((leaf) => typeof leaf === "number" && longEnough(String(leaf))) as number[];
  const written = new Set([...[...texts].map(escaped), ...numbers.map(String)]);
  return { texts: [...texts].sort((a, b) => b.length - a.length), numbers: new Set(numbers), written: [...written] };
}

function leavesOf(value: Json): (string | number)[] {
  if (isArray(value)) return value.flatMap(leavesOf);
  if (isObject(value)) return Object.values(value).flatMap(leavesOf);
  return typeof value === "string" || typeof value === "number" ? [value] : [];
}

function longEnough(text: string): boolean {
  return text.length >= shortestHidden;
}

function formsOf(text: string): string[] {
  const url = encodeURIComponent(text.toWellFormed());
  const strict = url.replaceAll(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);
  const form = new URLSearchParams([["", text]]).toString().slice(1);
  const lower = strict.replaceAll(/%[\dA-F]{2}/g, (octet) => octet.toLowerCase());
  // JSON within a text, and within a text of that.
  const forms = [text, escaped(text), escaped(escaped(text)), url, strict, form, lower, ...base64Forms(text)];
  return forms.filter(longEnough);
}

function escaped(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

const bytesPerGroup = 3;
const bitsPerCharacter = 6;

function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text);
  return [0, 1, 2].flatMap((before) => {
    const encoded = Buffer.concat([Buffer.alloc(before), bytes])
      .toString("base64")
      .replaceAll("=", "");
    // Characters at either end also hold bits of what stands next to the secret.
    const first = Math.ceil((before * 8) / bitsPerCharacter);
    const whole = (before + bytes.length) % bytesPerGroup === 0;
    const core = encoded.slice(first, whole ? undefined : -1);
    return [core, core.replaceAll("+", "-").replaceAll("/", "_")];
  });
}

/** Whether a text of JSON may hold a needle. */
export function mayHold(needles: Needles, json: string): boolean {
  return needles.written.some((text) => json.includes(text));
}

/** The text without any of them. */
export function hideInText(needles: Needles, text: string): string {
  return needles.texts.reduce((rest, needle) => rest.replaceAll(needle, hidden), text);
}

/** The value without any of them. */
export function hideInJson(needles: Needles, value: Json): Json {
  if (typeof value === "string") return hideInText(needles, value);
  if (typeof value === "number") return needles.numbers.has(value) ? hidden : value;
  if (isArray(value)) return value.map((item) => hideInJson(needles, item));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [hideInText(needles, key), hideInJson(needles, item)]));
}
