// What is wrong with a document, and where. A document is accepted when none of its diagnostics is an error.

/** A place in a text; line and column count from one, the column in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
  /** Offset in UTF-16 code units from the start of the text. */
  readonly offset: number;
}

/** One problem of a document. */
export interface Diagnostic {
  /** A rule's stable name, such as `unknown-key`; docs/reference/lint-rules.md has one paragraph per rule. */
  readonly rule: string;
  readonly severity: "error" | "warning";
  /** What is wrong and why, in one sentence. */
  readonly message: string;
  /** What to write instead, where that is known. */
  readonly suggestion?: string;
  readonly start: Position;
  readonly end: Position;
  /** JSON Pointer of the value that is meant. */
  readonly pointer: string;
}
