// The text of a document, with offsets turned into lines and columns on demand.
import type { Position } from "../diagnostics.ts";

/** A text whose line starts are found when the first position is asked for. */
export class SourceText {
  readonly text: string;
  #lineStarts: readonly number[] | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The line and column of an offset, both from one. */
  position(offset: number): Position {
    const starts = (this.#lineStarts ??= lineStarts(this.text));
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] as number) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] as number) + 1, offset };
  }

  /** The text of a line, counted from one, without its line break. */
  line(number: number): string {
    const starts = (this.#lineStarts ??= lineStarts(this.text));
    return this.text.slice(starts[number - 1], starts[number]).replace(/\r?\n$/, "");
  }
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf("\n"); i >= 0; i = text.indexOf("\n", i + 1)) starts.push(i + 1);
  return starts;
}
