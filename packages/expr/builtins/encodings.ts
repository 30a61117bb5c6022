// Text encodings without any platform API: UTF-8, base64, base32, percent encoding.

const replacement = 0xfffd;
const base64Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const unreserved = /^[A-Za-z0-9\-_.~]$/;

/** The UTF-8 bytes of a string; a lone surrogate becomes U+FFFD. */
export function utf8Encode(text: string): number[] {
  const bytes: number[] = [];
  for (const character of text.toWellFormed()) {
    const point = character.codePointAt(0) ?? replacement;
    if (point < 0x80) bytes.push(point);
    else if (point < 0x800) bytes.push(0xc0 | (point >> 6), tail(point));
    else if (point < 0x10000) bytes.push(0xe0 | (point >> 12), tail(point >> 6), tail(point));
    else bytes.push(0xf0 | (point >> 18), tail(point >> 12), tail(point >> 6), tail(point));
  }
  return bytes;
}

function tail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}

/** The string that UTF-8 bytes mean; every ill-formed sequence becomes U+FFFD. */
export function utf8Decode(bytes: readonly number[]): string {
  let text = "";
  for (let at = 0; at < bytes.length;) {
    const { point, length } = decodeOne(bytes, at);
    text += String.fromCodePoint(point);
    at += length;
  }
  return text;
}

function decodeOne(bytes: readonly number[], at: number): { readonly point: number; readonly length: number } {
  const first = bytes[at] as number;
  if (first < 0x80) return { point: first, length: 1 };
  const size = first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3 : first >= 0xf0 && first < 0xf5 ? 4 : 0;
  if (size === 0) return { point: replacement, length: 1 };
  if (at + size > bytes.length) return { point: replacement, length: bytes.length - at };
  let point = first & (0xff >> (size + 1));
  for (let i = 1; i < size; i++) {
    const next = bytes[at + i] as number;
    if ((next & 0xc0) !== 0x80) return { point: replacement, length: i };
    point = (point << 6) | (next & 0x3f);
  }
  const smallest = size === 2 ? 0x80 : size === 3 ? 0x800 : 0x10000;
  const valid = point >= smallest && point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
  return { point: valid ? point : replacement, length: size };
}

/** Base64 (RFC 4648) with padding. */
export function base64Encode(text: string): string {
  return encodeBits(utf8Encode(text), base64Alphabet, 6, 4);
}

/** Base32 (RFC 4648) with padding. */
export function base32Encode(text: string): string {
  return encodeBits(utf8Encode(text), base32Alphabet, 5, 8);
}

function encodeBits(bytes: readonly number[], alphabet: string, width: number, group: number): string {
  let text = "";
  let bits = 0;
  let count = 0;
  for (const byte of bytes) {
    bits = ((bits << 8) | byte) & 0xfff;
    count += 8;
    for (; count >= width; count -= width) text += alphabet.charAt((bits >> (count - width)) & ((1 << width) - 1));
  }
  if (count > 0) text += alphabet.charAt((bits << (width - count)) & ((1 << width) - 1));
  return text.padEnd(Math.ceil(text.length / group) * group, "=");
}

/** What came of decoding. */
export type Decoding = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly problem: "invalid" | "trailing" };

/** Decodes base64 up to the first padding, which may be missing; anything foreign is an error. */
export function base64Decode(text: string): Decoding {
  const body = text.replace(/=.*$/s, "");
  const bytes = decodeBits(body, base64Alphabet, 6);
  if (bytes === undefined) return { ok: false, problem: "invalid" };
  return body.length % 4 === 1 ? { ok: false, problem: "trailing" } : { ok: true, text: utf8Decode(bytes) };
}

/** Decodes base32 up to the first padding, which may be missing; anything foreign is an error. */
export function base32Decode(text: string): Decoding {
  const bytes = decodeBits(text.replace(/=.*$/s, ""), base32Alphabet, 5);
  return bytes === undefined ? { ok: false, problem: "invalid" } : { ok: true, text: utf8Decode(bytes) };
}

function decodeBits(text: string, alphabet: string, width: number): number[] | undefined {
  const bytes: number[] = [];
  let bits = 0;
  let count = 0;
  for (const character of text) {
    const value = alphabet.indexOf(character);
    if (value < 0) return undefined;
    bits = ((bits << width) | value) & 0xffff;
    count += width;
    if (count < 8) continue;
    count -= 8;
    bytes.push((bits >> count) & 0xff);
  }
  return bytes;
}

/** Percent encoding: everything but letters, digits and `-_.~`. */
export function percentEncode(text: string): string {
  let encoded = "";
  for (const byte of utf8Encode(text)) {
    const character = String.fromCharCode(byte);
    encoded += unreserved.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return encoded;
}

/** Percent decoding; undefined where a percent sign lacks its two hexadecimal digits, or the bytes are not UTF-8. */
export function percentDecode(text: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  let valid = true;
  const decoded = text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (run) => {
    const bytes = Array.from({ length: run.length / 3 }, (_, i) => Number.parseInt(run.slice(3 * i + 1, 3 * i + 3), 16));
    const part = utf8Decode(bytes);
    // Only well-formed UTF-8 encodes back to the same bytes.
    const again = utf8Encode(part);
    valid &&= again.length === bytes.length && again.every((byte, i) => byte === bytes[i]);
    return part;
  });
  return valid ? decoded : undefined;
}
