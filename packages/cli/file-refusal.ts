// What a server has against the content of files, with the places in the files: people mend a line, not a JSON Pointer.
import { ApiError } from "@baton/api";
import type { Json } from "@baton/core";
import { LineCounter, parseAllDocuments, type Document } from "yaml";
import { FileRefused, type FilePlace } from "./failure.ts";
import { isClusterObject } from "./file-content.ts";
import { parsePlaced, positionAt, type PlacedDocument } from "./places.ts";

/** A file that was read. */
export interface SourceFile {
  readonly file: string;
  readonly text: string;
}

/** Asks a server to take a file as it is; a refusal comes with the places in it. */
export async function askWithFile<Answer>({ file, text }: SourceFile, ask: () => Promise<Answer>): Promise<Answer> {
  return asking(ask, () => {
    const placed = parsePlaced(text);
    return (pointer) => placeIn({ file, text }, placed, pointer);
  });
}

/** The same for the documents of several files, which are sent as one list, `/objects`. */
export async function askWithDocuments<Answer>(files: readonly SourceFile[], ask: () => Promise<Answer>): Promise<Answer> {
  return asking(ask, () => {
    const documents = files.flatMap((source) => documentsIn(source.text).map((placed) => ({ source, placed })));
    return (pointer) => {
      const [, , index, ...rest] = pointer.split("/");
      const document = documents[Number(index)];
      if (document === undefined) return { where: pointer };
      return placeIn(document.source, document.placed, rest.map((step) => `/${step}`).join(""));
    };
  });
}

async function asking<Answer>(ask: () => Promise<Answer>, placesOf: () => (pointer: string) => FilePlace): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    throw error instanceof ApiError && error.problem.errors !== undefined ? new FileRefused(error, placesOf()) : error;
  }
}

/** The objects among the documents of a text. */
function documentsIn(text: string): readonly PlacedDocument[] {
  const lines = new LineCounter();
  const documents = parseAllDocuments(text, { lineCounter: lines }) as readonly Document.Parsed[];
  return documents.filter((document) => isClusterObject(document.toJS() as Json)).map((document) => ({ document, lines }));
}

function placeIn({ file, text }: SourceFile, placed: PlacedDocument, pointer: string): FilePlace {
  const { line, col } = positionAt(placed, pointer);
  return { where: `${file}:${line}:${col}`, excerpt: excerptOf(text.split("\n")[line - 1] ?? "", line, col) };
}

/** Lines are shown as far as this. */
const widestLine = 100;

/** The place that a JSON Pointer means in a file. */
export function placeOf(source: SourceFile, pointer: string): FilePlace {
  return placeIn(source, parsePlaced(source.text), pointer);
}

/** A line of a file with a caret below the place. Controls in it cannot steer the terminal. */
export function excerptOf(line: string, number: number, column: number): string {
  const from = Math.max(0, column - widestLine + 20);
  const shown = line.slice(from, from + widestLine).replace(/\p{Cc}/gu, " ");
  const gutter = String(number);
  return `${gutter} | ${shown}\n${" ".repeat(gutter.length)} | ${" ".repeat(column - 1 - from)}^`;
}
