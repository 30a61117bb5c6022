// Values inside error messages: the kind, and the JSON text cut to a length that keeps messages readable.
import { toJsonText } from "../json/write.ts";
import { utf8Length } from "../json/read.ts";
import { fail } from "../failure.ts";
import { kindOf, type Value } from "./value.ts";

/** Bytes of JSON text that an error message shows of one value. */
const shownBytes = 29;
const ellipsis = "...";

/** The value as JSON text, cut after a whole character where it is longer than `bytes`. */
export function truncatedText(value: Value, bytes: number = shownBytes): string {
  const text = toJsonText(value, { enough: bytes + 1 });
  if (utf8Length(text) <= bytes) return text;
  let room = bytes - ellipsis.length;
  let shown = "";
  for (const character of text) {
    room -= utf8Length(character);
    if (room < 0) break;
    shown += character;
  }
  return shown + ellipsis;
}

/** `object ({"a":1})`, as error messages name a value. */
export function describe(value: Value): string {
  return `${kindOf(value)} (${truncatedText(value)})`;
}

/** Raises `KIND (VALUE) WHAT`. */
export function typeError(value: Value, what: string): never {
  return fail(`${describe(value)} ${what}`);
}

/** Raises `KIND (VALUE) and KIND (VALUE) WHAT`. */
export function typeError2(a: Value, b: Value, what: string): never {
  return fail(`${describe(a)} and ${describe(b)} ${what}`);
}
