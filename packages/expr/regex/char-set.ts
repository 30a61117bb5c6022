// Sets of code points. A set answers for ASCII from a table and for the rest from a predicate, so that building one
// never walks the whole of Unicode and the common test is a single load.

const asciiSize = 128;

/** The largest code point. */
export const maxCodePoint = 0x10ffff;

/** A set of code points. */
export interface CharSet {
  /** 1 where the ASCII character belongs to the set. */
  readonly ascii: Uint8Array;
  /** True where no code point above ASCII belongs to the set. */
  readonly asciiOnly: boolean;
  readonly has: (code: number) => boolean;
}

/** The set of the code points for which the predicate holds. */
export function setWhere(has: (code: number) => boolean, asciiOnly = false): CharSet {
  const ascii = new Uint8Array(asciiSize);
  for (let code = 0; code < asciiSize; code++) ascii[code] = has(code) ? 1 : 0;
  return { ascii, asciiOnly, has };
}

/** The set of some ranges, given as pairs of a first and a last code point. */
export function setOfRanges(ranges: readonly (readonly [number, number])[]): CharSet {
  const has = (code: number) => ranges.some(([low, high]) => code >= low && code <= high);
  return setWhere(
    has,
    ranges.every(([, high]) => high < asciiSize),
  );
}

/** The set of the given code points. */
export function setOf(codes: readonly number[]): CharSet {
  return setWhere(
    (code) => codes.includes(code),
    codes.every((code) => code < asciiSize),
  );
}

/** Every code point that the set does not have. */
export function complement(set: CharSet): CharSet {
  return setWhere((code) => !set.has(code));
}

/** Every code point that at least one of the sets has. */
export function union(sets: readonly CharSet[]): CharSet {
  const [only] = sets;
  if (only !== undefined && sets.length === 1) return only;
  return setWhere(
    (code) => sets.some((set) => set.has(code)),
    sets.every((set) => set.asciiOnly),
  );
}

/** True where it is certain that the sets share no code point. */
export function areDisjoint(left: CharSet, right: CharSet): boolean {
  return (left.asciiOnly || right.asciiOnly) && left.ascii.every((bit, code) => bit === 0 || right.ascii[code] === 0);
}

/** Every code point. */
export const anyChar = setWhere(() => true);

/** Every code point but the line feed. */
export const anyCharButNewline = setWhere((code) => code !== 0x0a);
