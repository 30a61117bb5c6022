// Errors of the world around Baton: a disk, a network, a file that is not there. Each has a stable code
// with a page in docs/errors, and says whether trying again can help. Nobody reads message text to decide.

/** What an error table holds for one code. */
export interface ErrorEntry {
  /** One sentence, in plain words. */
  readonly summary: string;
  /** What the reader should do next. */
  readonly next: string;
  /** Whether the same call may succeed later without anything being changed. */
  readonly retryable: boolean;
}

/** The error codes of one package: code to entry. Every code has a page docs/errors/CODE.md. */
export type ErrorTable<Code extends string> = { readonly [K in Code]: ErrorEntry };

/** An error with a code, a place and advice. */
export class BatonError extends Error {
  override readonly name = "BatonError";
  readonly code: string;
  /** What, where: a file with line and column, a JSON pointer, an address, an id. */
  readonly where: string | undefined;
  readonly next: string;
  readonly retryable: boolean;

  constructor(code: string, entry: ErrorEntry, detail?: { message?: string; where?: string; next?: string; cause?: unknown }) {
    super(detail?.message ?? entry.summary, detail?.cause === undefined ? undefined : { cause: detail.cause });
    this.code = code;
    this.where = detail?.where;
    this.next = detail?.next ?? entry.next;
    this.retryable = entry.retryable;
  }
}

/** Binds an error table, so that a package throws only codes that it has declared. */
export function errorFactory<Code extends string>(table: ErrorTable<Code>) {
  return (code: Code, detail?: { message?: string; where?: string; next?: string; cause?: unknown }): BatonError =>
    new BatonError(code, table[code], detail);
}
