// What a file for `baton apply` holds: objects of the cluster, which have a `kind`, and flows, which have a `document`, set apart
// by `---`. A file that holds nothing but one flow is that flow's text as it stands.
import { isObject, type Json, type JsonObject } from "@baton/core";
import { parseAllDocuments, type Document } from "yaml";
import { exitCodes } from "./exit-codes.ts";
import { CommandFailure } from "./failure.ts";

const kinds: readonly string[] = ["tenant", "queue", "resource", "policy", "deployment", "autoscaler"];

/** The text of a flow, whole or as one of the documents of a file. */
export interface FlowSource {
  readonly file: string;
  readonly text: string;
}

/** A file by what it holds. */
export interface FileContent {
  readonly file: string;
  readonly text: string;
  readonly objects: readonly JsonObject[];
  readonly flows: readonly FlowSource[];
}

/** The content of a file; throws where one of its documents is neither. */
export function contentOf(file: string, text: string): FileContent {
  const documents = documentsOf(text);
  const values = documents.map((document) => (document.errors.length > 0 ? null : (document.toJS() as Json)));
  const plain = { file, text, objects: [], flows: [{ file, text }] };
  // What cannot be read, and what holds one flow, is for the compiler to judge as a whole.
  if (documents.some(({ errors }) => errors.length > 0) || !values.some(isClusterObject)) return plain;
  const objects: JsonObject[] = [];
  const flows: FlowSource[] = [];
  values.forEach((value, i) => {
    if (value === null) return;
    if (isClusterObject(value)) objects.push(value);
    else if (isObject(value) && value["document"] !== undefined) flows.push({ file, text: textOf(text, documents[i]) });
    else throw kindless(file, i);
  });
  return { file, text, objects, flows };
}

/** Whether a document is an object of the cluster. */
export function isClusterObject(value: Json): value is JsonObject {
  return isObject(value) && typeof value["kind"] === "string" && value["document"] === undefined;
}

function kindless(file: string, index: number): CommandFailure {
  return new CommandFailure(exitCodes.usage, `document ${index + 1} of the file says not which kind of object it is`, {
    where: file,
    next: `give each document a kind: ${kinds.join(", ")}; or, for a flow, a document with its name and version`,
  });
}

function documentsOf(text: string): readonly Document.Parsed[] {
  const documents = parseAllDocuments(text);
  return Array.isArray(documents) ? (documents as readonly Document.Parsed[]) : [];
}

/** The text of one document, behind as many empty lines as it had lines before it: mistakes are found in the lines of the file. */
function textOf(text: string, document: Document.Parsed | undefined): string {
  const [from, , to] = document?.contents?.range ?? [0, 0, text.length];
  const start = text.lastIndexOf("\n", from) + 1;
  return "\n".repeat(text.slice(0, start).split("\n").length - 1) + text.slice(start, to);
}
