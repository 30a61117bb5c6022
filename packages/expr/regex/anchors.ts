// Where an anchor holds.

import type { Anchor } from "./ast.ts";
import { isWordBoundary } from "./text-cursor.ts";

/** Anchors by their number in a program. */
export const anchorOrder: readonly Anchor[] = [
  "text-start",
  "text-end",
  "text-end-or-newline",
  "line-start",
  "line-end",
  "search-start",
  "word-boundary",
  "not-word-boundary",
];

const newline = 0x0a;

/** True where the anchor holds at an offset of the text. A line starts before a character, never at the very end. */
export function anchorHolds(anchor: Anchor, text: string, at: number, searchStart: number): boolean {
  const end = text.length;
  switch (anchor) {
    case "text-start":
      return at === 0;
    case "text-end":
      return at === end;
    case "text-end-or-newline":
      return at === end || (at === end - 1 && text.charCodeAt(at) === newline);
    case "line-start":
      return at === 0 || (at < end && text.charCodeAt(at - 1) === newline);
    case "line-end":
      return at === end || text.charCodeAt(at) === newline;
    case "search-start":
      return at === searchStart;
    case "word-boundary":
      return isWordBoundary(text, at);
    case "not-word-boundary":
      return !isWordBoundary(text, at);
  }
}
