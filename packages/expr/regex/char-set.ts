// Sets of code points. A set answers for ASCII from a table, which makes the common test a single load, and for the
// rest from sorted ranges or, where its members are known only to the host, from a predicate.

const asciiSize = 128;

/** The largest code point. */
export const maxCodePoint = 0x10ffff;

/** A first and a last code point. */
export type Range = readonly [low: number, high: number];

/** A set of code points. */
export interface CharSet {
  /** 1 where the ASCII character belongs to the set. */
  readonly ascii: Uint8Array;
  /** True where no code point above ASCII belongs to the set. */
  readonly asciiOnly: boolean;
  readonly has: (code: number) => boolean;
  /** All members, ascending and apart from each other, where they are known. */
  readonly ranges: readonly Range[] | undefined;
  /** What the set is the union of, itself where it is none. */
  readonly parts: readonly CharSet[];
}

/** The set of the code points for which the predicate holds. */
export function setWhere(has: (code: number) => boolean): CharSet {
  const ascii = new Uint8Array(asciiSize);
  for (let code = 0; code < asciiSize; code++) ascii[code] = has(code) ? 1 : 0;
  return { ascii, asciiOnly: false, has, ranges: undefined, parts: [] };
}

/** The set of some ranges. */
export function setOfRanges(unsorted: readonly Range[]): CharSet {
  const ranges = mergedRanges(unsorted);
  const ascii = new Uint8Array(asciiSize);
  for (const [low, high] of ranges) ascii.fill(1, Math.min(low, asciiSize), Math.min(high + 1, asciiSize));
  const asciiOnly = (ranges.at(-1)?.[1] ?? 0) < asciiSize;
  return { ascii, asciiOnly, has: (code) => isInRanges(ranges, code), ranges, parts: [] };
}

function mergedRanges(unsorted: readonly Range[]): Range[] {
  const merged: [number, number][] = [];
  for (const [low, high] of unsorted.toSorted((left, right) => left[0] - right[0])) {
    const last = merged.at(-1);
    if (last !== undefined && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

function isInRanges(ranges: readonly Range[], code: number): boolean {
  let from = 0;
  let to = ranges.length;
  while (from < to) {
    const middle = (from + to) >> 1;
    if ((ranges[middle]?.[1] ?? 0) < code) from = middle + 1;
    else to = middle;
  }
  return code >= (ranges[from]?.[0] ?? Number.POSITIVE_INFINITY);
}

/** The set of the given code points. */
export function setOf(codes: readonly number[]): CharSet {
  return setOfRanges(codes.map((code) => [code, code]));
}

/** Every code point that the set does not have. */
export function complement(set: CharSet): CharSet {
  if (set.ranges !== undefined) return setOfRanges(gapsBetween(set.ranges));
  const ascii = set.ascii.map((bit) => 1 - bit);
  return { ascii, asciiOnly: false, has: (code) => !set.has(code), ranges: undefined, parts: [] };
}

function gapsBetween(ranges: readonly Range[]): Range[] {
  const gaps: Range[] = [];
  let next = 0;
  for (const [low, high] of ranges) {
    if (low > next) gaps.push([next, low - 1]);
    next = high + 1;
  }
  return next > maxCodePoint ? gaps : [...gaps, [next, maxCodePoint]];
}

/** Every code point that at least one of the sets has. */
export function union(sets: readonly CharSet[]): CharSet {
  const parts = new Set(sets.flatMap((set) => (set.parts.length > 0 ? set.parts : [set])));
  const listed = setOfRanges([...parts].flatMap((set) => set.ranges ?? []));
  const others = [...parts].filter((set) => set.ranges === undefined);
  if (others.length === 0) return listed;
  const all = listed.ranges?.length === 0 ? others : [listed, ...others];
  const [only] = all;
  if (only !== undefined && all.length === 1) return only;
  const ascii = listed.ascii.map((bit, code) => (bit === 1 || others.some((set) => set.ascii[code] === 1) ? 1 : 0));
  return { ascii, asciiOnly: false, has: (code) => all.some((set) => set.has(code)), ranges: undefined, parts: all };
}

/** True where it is certain that the sets share no code point. */
export function areDisjoint(left: CharSet, right: CharSet): boolean {
  return (left.asciiOnly || right.asciiOnly) && left.ascii.every((bit, code) => bit === 0 || right.ascii[code] === 0);
}

/** No code point. */
export const noChar = setOfRanges([]);

/** Every code point. */
export const anyChar = setOfRanges([[0, maxCodePoint]]);

/** Every code point but the line feed. */
export const anyCharButNewline = complement(setOf([0x0a]));
