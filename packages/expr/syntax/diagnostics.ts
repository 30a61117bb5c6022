// What is wrong with a program, and where. Syntax errors stop the parser; everything else is collected.

/** One thing that is wrong with a program. */
export interface Diagnostic {
  readonly message: string;
  /** Where it begins, in UTF-16 units from the start of the source. */
  readonly offset: number;
  /** How far it reaches; zero at the end of the source. */
  readonly length: number;
  /** What the author could do. */
  readonly hint?: string;
}

/** Thrown by the parser when it cannot go on. */
export class SyntaxProblem extends Error {
  readonly diagnostic: Diagnostic;

  constructor(diagnostic: Diagnostic) {
    super(diagnostic.message);
    this.diagnostic = diagnostic;
  }
}

/** Makes a diagnostic; leaves the hint out where there is none. */
export function diagnostic(message: string, at: number, end: number, hint?: string): Diagnostic {
  return hint === undefined ? { message, offset: at, length: end - at } : { message, offset: at, length: end - at, hint };
}

/** Stops the parser. */
export function syntaxError(message: string, at: number, end: number, hint?: string): never {
  throw new SyntaxProblem(diagnostic(message, at, end, hint));
}

/** The nearest of `candidates` as "Did you mean X?", where one is near enough to be meant. */
export function didYouMean(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.min(3, Math.max(1, Math.floor(word.length / 2))) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word, candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best === undefined ? undefined : `Did you mean ${best}?`;
}

// Insertions, deletions, substitutions and swaps of neighbours each cost one.
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
