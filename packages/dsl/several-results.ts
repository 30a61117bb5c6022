// Sees, from the text of an expression alone, that it gives as many results as some value has elements: a comma
// or a path with `[]` that nothing collects. Only what is plain to see counts; `.[] // 0` or `limit(1; .[])` do not.
import type { Range } from "./source/node.ts";

/** One piece of a path; `[]` is the one that iterates. */
const pathPiece = /\$[A-Za-z_]\w*|\.[A-Za-z_]\w*|\.?"(?:[^"\\]|\\[^(])*"|\.?\[[^[\]"]*\]|\.?\["[^"\\]*"\]|[.?]/y;

/** Whether the whole of a stage is a path that iterates: `.items[]`, `$order.lines[].price`, `.[]`. */
function isIteratingPath(stage: string): boolean {
  if (!/^[$.]/.test(stage)) return false;
  let iterates = false;
  for (let at = 0; at < stage.length; at = pathPiece.lastIndex) {
    pathPiece.lastIndex = at;
    const piece = pathPiece.exec(stage)?.[0];
    if (piece === undefined) return false;
    iterates ||= piece.endsWith("[]");
  }
  return iterates;
}

/** Where in the source several results come from, if that can be seen. */
export function severalResults(source: string): Range | undefined {
  for (const { start, end, closedBy } of topLevelStages(source)) {
    const stage = source.slice(start, end);
    const trimmed = stage.trim();
    const from = start + stage.indexOf(trimmed);
    if (isIteratingPath(trimmed)) return { start: from, end: from + trimmed.length };
    if (closedBy === ",") return { start: end, end: end + 1 };
  }
  return undefined;
}

interface Stage extends Range {
  readonly closedBy: string;
}

/** The stages between pipes and commas that lie in no bracket and no string. */
function topLevelStages(source: string): Stage[] {
  // What comes before a keyword's body may bind or reduce what a stage gives, so that it is not plain to see.
  if (/\b(?:def|reduce|foreach|label|as|if|try)\b/.test(source)) return [];
  const stages: Stage[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === '"') i = endOfString(source, i);
    else if ("([{".includes(char)) depth++;
    else if (")]}".includes(char)) depth--;
    else if (depth === 0 && (char === "," || (char === "|" && source[i + 1] !== "="))) {
      stages.push({ start, end: i, closedBy: char });
      start = i + 1;
    }
  }
  return [...stages, { start, end: source.length, closedBy: "" }];
}

/** The closing quote of a string; one with something interpolated ends the search at the end of the text. */
function endOfString(source: string, open: number): number {
  for (let i = open + 1; i < source.length; i++) {
    if (source[i] === '"') return i;
    if (source[i] === "\\" && source[++i] === "(") return source.length;
  }
  return source.length;
}
