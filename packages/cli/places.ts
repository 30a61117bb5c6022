// YAML documents with the places in them: where a JSON pointer leads, for people who look for a mistake in an editor.
import { err, ok, type Json, type Result } from "@baton/core";
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from "yaml";

/** A document with the places of its lines. */
export interface PlacedDocument {
  readonly document: Document.Parsed;
  readonly lines: LineCounter;
}

/** Parses a document, and keeps where its lines begin. */
export function parsePlaced(text: string): PlacedDocument {
  const lines = new LineCounter();
  return { document: parseDocument(text, { lineCounter: lines }), lines };
}

/** What a document says; the error says which alias stands for nothing, or that aliases stand for too much. */
export function contentOf(document: Document.Parsed): Result<Json, string> {
  try {
    return ok(document.toJS() as Json);
  } catch (error) {
    return err(`${error instanceof Error ? error.message : String(error)}.`);
  }
}

/** The line and column that a pointer leads to, in words. */
export function placeAt(placed: PlacedDocument, pointer: string): string {
  const { line, col } = positionAt(placed, pointer);
  return `line ${line}, column ${col}`;
}

/** The line and column that a pointer leads to, as far as it leads: of what is missing, those of what it is missing in. */
export function positionAt({ document, lines }: PlacedDocument, pointer: string): { readonly line: number; readonly col: number } {
  let node: unknown = document.contents;
  let offset = startOf(node) ?? 0;
  for (const step of pointer.split("/").slice(1).map(unescapePointer)) {
    const next = isMap(node) ? node.items.find(({ key }) => isScalar(key) && String(key.value) === step) : undefined;
    const value: unknown = next === undefined && isSeq(node) ? node.items[Number(step)] : next?.value;
    const start = startOf(next?.key ?? value);
    if (start === undefined) break;
    offset = start;
    node = value;
  }
  return lines.linePos(offset);
}

function startOf(node: unknown): number | undefined {
  return (node as Node | undefined)?.range?.[0];
}

function unescapePointer(step: string): string {
  return step.replaceAll("~1", "/").replaceAll("~0", "~");
}
