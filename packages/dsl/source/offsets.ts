// Finds where a character of a scalar's value stands in the text. Expressions live inside scalars, and a
// scalar's text differs from its value: quotes, escapes, indentation, folded line breaks.
//
// Indentation and folding change nothing but white space, so that the n-th visible character of the value is
// the n-th visible character of the text; an escape counts as what it stands for. Exact for every visible
// character of every style; an offset in white space maps to just behind the last visible character before it.
import type { ScalarNode } from "./node.ts";

/** The offset in `text` of the character at `offset` of the scalar's value. */
export function offsetInText(text: string, node: ScalarNode, offset: number): number {
  const value = String(node.json);
  const wanted = countVisible(value, offset);
  const end = contentEnd(node);
  let at = contentStart(text, node);
  let seen = 0;
  let behindLast = at;
  while (at < end) {
    const { length, visible } = elementAt(text, at, node.style);
    if (visible > 0 && seen >= wanted) break;
    at += length;
    seen += visible;
    if (visible > 0) behindLast = at;
  }
  const onVisible = offset < value.length && !isSpace(value.charCodeAt(offset));
  return onVisible ? at : Math.min(behindLast, end);
}

function contentStart(text: string, node: ScalarNode): number {
  switch (node.style) {
    case "plain":
      return node.start;
    case "single":
    case "double":
      return node.start + 1;
    case "literal":
    case "folded": {
      const header = text.indexOf("\n", node.start);
      return header < 0 ? node.end : header + 1;
    }
  }
}

function contentEnd(node: ScalarNode): number {
  return node.style === "single" || node.style === "double" ? node.end - 1 : node.end;
}

/** The next element of a scalar's text: how long it is there, and how many visible code units of the value it gives. */
function elementAt(text: string, at: number, style: ScalarNode["style"]): { length: number; visible: number } {
  const code = text.charCodeAt(at);
  if (style === "single" && text.startsWith("''", at)) return { length: 2, visible: 1 };
  if (style === "double" && text[at] === "\\") return escapeAt(text, at);
  return { length: 1, visible: isSpace(code) ? 0 : 1 };
}

const escapeDigits: { readonly [letter: string]: number } = { x: 2, u: 4, U: 8 };
/** Escapes that stand for white space: tab, line feed, vertical tab, form feed, return, space, no-break space, next line and separators. */
const spaceEscapes = "tnvfr \t\n\r_NLP";

function escapeAt(text: string, at: number): { length: number; visible: number } {
  const letter = text.charAt(at + 1);
  const digits = escapeDigits[letter];
  if (digits === undefined) return { length: 2, visible: spaceEscapes.includes(letter) ? 0 : 1 };
  const point = Number.parseInt(text.slice(at + 2, at + 2 + digits), 16);
  const visible = isSpace(point) ? 0 : point > 0xffff ? 2 : 1;
  return { length: 2 + digits, visible };
}

function countVisible(value: string, end: number): number {
  let count = 0;
  for (let i = 0; i < end && i < value.length; i++) if (!isSpace(value.charCodeAt(i))) count++;
  return count;
}

function isSpace(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d) || code === 0x85 || code === 0xa0 || code === 0x2028 || code === 0x2029;
}
