// Moving over a text by code point. Offsets count UTF-16 code units; a surrogate pair is one code point and a
// surrogate without its partner is one as well.

import type { CharSet } from "./char-set.ts";
import { wordCharacter } from "./properties.ts";

function isHigh(unit: number): boolean {
  return (unit & 0xfc00) === 0xd800;
}

function isLow(unit: number): boolean {
  return (unit & 0xfc00) === 0xdc00;
}

/** Where the code point before `at` begins; `floor` is not passed. */
export function before(text: string, at: number, floor: number): number {
  const previous = at - 1;
  const isPair = previous > floor && isLow(text.charCodeAt(previous)) && isHigh(text.charCodeAt(previous - 1));
  return isPair ? previous - 1 : previous;
}

/** Where the code point at `at` ends. */
export function after(text: string, at: number): number {
  const next = at + 1;
  return next < text.length && isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(next)) ? next + 1 : next;
}

/** The end of the code point at `at` if it belongs to the set, otherwise -1. */
export function passOne(text: string, at: number, set: CharSet): number {
  if (at >= text.length) return -1;
  const unit = text.charCodeAt(at);
  if (unit < 128) return set.ascii[unit] === 1 ? at + 1 : -1;
  return set.has(text.codePointAt(at) ?? 0) ? after(text, at) : -1;
}

/** The end of the code points of the set that follow `at`, at most so many. */
export function passAll(text: string, from: number, set: CharSet, most: number): number {
  const { ascii } = set;
  let at = from;
  for (let left = most; left > 0 && at < text.length; left--) {
    const unit = text.charCodeAt(at);
    if (unit < 128) {
      if (ascii[unit] === 0) return at;
      at++;
    } else {
      const end = passOne(text, at, set);
      if (end === -1) return at;
      at = end;
    }
  }
  return at;
}

/** The first code point of the set at `from` or later, but before `to`; `to` if there is none. */
export function findOne(text: string, from: number, to: number, set: CharSet): number {
  const { ascii } = set;
  let at = from;
  while (at < to) {
    const unit = text.charCodeAt(at);
    if (unit < 128 ? ascii[unit] === 1 : set.has(text.codePointAt(at) ?? 0)) return at;
    at = unit < 128 ? at + 1 : after(text, at);
  }
  return to;
}

/** Where `count` code points after `from` end, or -1 if that is beyond `to`. */
export function skip(text: string, from: number, to: number, count: number): number {
  let at = from;
  for (let left = count; left > 0; left--) {
    if (at >= to) return -1;
    at = after(text, at);
  }
  return at;
}

/** True where a word begins or ends at `at`. */
export function isWordBoundary(text: string, at: number): boolean {
  const word = wordCharacter();
  const wordBefore = at > 0 && passOne(text, before(text, at, 0), word) !== -1;
  return wordBefore !== (passOne(text, at, word) !== -1);
}
