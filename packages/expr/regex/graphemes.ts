// Grapheme clusters (`\X`), as the host's segmenter finds them from a place on.

let segmenter: Intl.Segmenter | undefined;

/** Code units looked at first: clusters are rarely longer, and the window grows when one is. */
const firstWindow = 32;

/** The end of the grapheme cluster that begins at `at`, which must lie before the end of the text. */
export function graphemeEnd(text: string, at: number): number {
  segmenter ??= new Intl.Segmenter("en", { granularity: "grapheme" });
  for (let size = firstWindow; ; size *= 4) {
    const window = text.slice(at, at + size);
    const [cluster] = segmenter.segment(window);
    const length = cluster?.segment.length ?? window.length;
    if (length < window.length || at + size >= text.length) return at + length;
  }
}
