// "Did you mean": the nearest of the words that would have been right.

const farthest = 3;

/** The candidate nearest to `word` by edit distance (transpositions count one), where one is near enough to be meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = farthest + 1;
  for (const candidate of candidates) {
    const allowed = Math.min(allowedDistance(word, candidate), bestDistance - 1);
    if (Math.abs(candidate.length - word.length) > allowed) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance > allowed) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** Half of the word may be wrong; where letters were left out but the first one stands, half of what was meant. */
function allowedDistance(word: string, candidate: string): number {
  // Of one letter nothing is left when it is wrong.
  if (word.length < 2) return 0;
  const beginsAlike = word.length > 2 && word.charAt(0).toLowerCase() === candidate.charAt(0).toLowerCase();
  const length = beginsAlike ? Math.max(word.length, candidate.length) : word.length;
  return Math.min(farthest, Math.max(1, Math.floor(length / 2)));
}

/** Optimal string alignment distance (Damerau-Levenshtein without repeated edits of one substring). */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] as number) + 1, (row[j - 1] as number) + 1, (last[j - 1] as number) + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, (beforeLast[j - 2] as number) + 1);
      row.push(best);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] as number;
}
