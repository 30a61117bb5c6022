// Case folding by Unicode's tables, derived from the host's case mapping instead of being carried along.
//
// Simple folding relates single code points (`k`, `K` and the Kelvin sign). Full folding relates one code point to
// several (sharp s to `ss`, the ligature fi to `fi`); Oniguruma applies it to literals and classes when case is ignored.

import { setOf, setWhere, type CharSet } from "./char-set.ts";

/** Code points whose upper case leads astray: the dotted and the dotless i fold to themselves. */
const foldToThemselves = new Set([0x130, 0x131]);

/** Pairs that fold together although the case mapping relates neither to the other. */
const foldedTwins = new Map([
  [0x1fd3, 0x390],
  [0x1fe3, 0x3b0],
  [0xfb05, 0xfb06],
]);

/** Code points that fold to a letter whose own upper and lower case do not lead back to them. */
const unmappedVariants = Array.from(
  [
    "\u{212a}\u{17f}\u{212b}\u{1e9e}\u{1c5}\u{1c8}\u{1cb}\u{1f2}\u{1fbe}\u{3d0}\u{3f5}\u{3d1}\u{3f4}\u{345}\u{3f0}\u{b5}",
    "\u{3d6}\u{3f1}\u{3c2}\u{3d5}\u{2126}\u{1c80}\u{1c81}\u{1c82}\u{1c83}\u{1c84}\u{1c85}\u{1c86}\u{1c87}\u{1c88}\u{1e9b}",
    "\u{1f88}\u{1f89}\u{1f8a}\u{1f8b}\u{1f8c}\u{1f8d}\u{1f8e}\u{1f8f}\u{1f98}\u{1f99}\u{1f9a}\u{1f9b}\u{1f9c}\u{1f9d}\u{1f9e}",
    "\u{1f9f}\u{1fa8}\u{1fa9}\u{1faa}\u{1fab}\u{1fac}\u{1fad}\u{1fae}\u{1faf}\u{1fbc}\u{1fcc}\u{1ffc}\u{1fd3}\u{1fe3}\u{fb05}",
  ].join(""),
  (char) => char.codePointAt(0) ?? 0,
);

/** Ranges that hold every code point with a full folding. */
const fullFoldRanges: readonly (readonly [number, number])[] = [
  [0xdf, 0xdf],
  [0x130, 0x130],
  [0x149, 0x149],
  [0x1f0, 0x1f0],
  [0x390, 0x390],
  [0x3b0, 0x3b0],
  [0x587, 0x587],
  [0x1e96, 0x1e9a],
  [0x1e9e, 0x1e9e],
  [0x1f50, 0x1ffc],
  [0xfb00, 0xfb17],
];

/** Folds one code point to the one that stands for all its case variants. */
export function foldCode(code: number): number {
  if (code < 0x80) return code >= 0x41 && code <= 0x5a ? code + 0x20 : code;
  if (foldToThemselves.has(code)) return code;
  const twin = foldedTwins.get(code);
  if (twin !== undefined) return twin;
  const upper = singleCode(String.fromCodePoint(code).toUpperCase()) ?? code;
  return singleCode(String.fromCodePoint(upper).toLowerCase()) ?? code;
}

function singleCode(text: string): number | undefined {
  const code = text.codePointAt(0) ?? 0;
  return text.length === (code > 0xffff ? 2 : 1) ? code : undefined;
}

let unmappedByFold: Map<number, number[]> | undefined;

function unmappedVariantsOf(folded: number): readonly number[] {
  unmappedByFold ??= Map.groupBy(unmappedVariants, foldCode);
  return unmappedByFold.get(folded) ?? [];
}

const knownVariants = new Map<number, readonly number[]>();

/** All code points that are the same when case is ignored, the given one among them. */
export function caseVariants(code: number): readonly number[] {
  const known = knownVariants.get(code);
  if (known !== undefined) return known;
  const variants = findVariants(code);
  if (variants.length > 1) knownVariants.set(code, variants);
  return variants;
}

function findVariants(code: number): readonly number[] {
  const folded = foldCode(code);
  const variants = new Set([code, folded, ...unmappedVariantsOf(folded)]);
  for (const variant of variants) {
    const char = String.fromCodePoint(variant);
    for (const mapped of [char.toLowerCase(), char.toUpperCase()]) {
      const other = singleCode(mapped);
      if (other !== undefined && foldCode(other) === folded) variants.add(other);
    }
  }
  return [...variants];
}

const variantSets = new Map<number, CharSet>();

/** The set of the case variants of a code point, undefined where there is none but itself. */
export function variantSet(code: number): CharSet | undefined {
  const folded = foldCode(code);
  const known = variantSets.get(folded);
  if (known !== undefined) return known;
  const variants = caseVariants(code);
  if (variants.length === 1) return undefined;
  const set = setOf(variants);
  variantSets.set(folded, set);
  return set;
}

/** A full folding: the several code points that each of the sources becomes. */
export interface FullFold {
  readonly folded: readonly number[];
  readonly sources: CharSet;
}

let fullFolds: readonly FullFold[] | undefined;

function allFullFolds(): readonly FullFold[] {
  return (fullFolds ??= [...Map.groupBy(fullFoldSources(), (code) => fullFoldText(code))].map(([text, sources]) => ({
    folded: Array.from(text, (char) => foldCode(char.codePointAt(0) ?? 0)),
    sources: setOf(sources),
  })));
}

function fullFoldText(code: number): string {
  return String.fromCodePoint(code).toLowerCase().toUpperCase().toLowerCase();
}

function fullFoldSources(): number[] {
  const sources: number[] = [];
  for (const [low, high] of fullFoldRanges) {
    for (let code = low; code <= high; code++) if (singleCode(fullFoldText(code)) === undefined) sources.push(code);
  }
  return sources;
}

/** The full folding of a code point, where it has one. */
export function fullFoldOf(code: number): FullFold | undefined {
  return code < 0x80 ? undefined : allFullFolds().find((fold) => fold.sources.has(code));
}

/** The full foldings whose result stands in `codes` at `index`. */
export function fullFoldsAt(codes: readonly number[], index: number): FullFold[] {
  if (codes.length - index < 2) return [];
  const first = foldCode(codes[index] ?? 0);
  return allFullFolds().filter(
    ({ folded }) => folded[0] === first && folded.every((code, at) => at === 0 || isSameFold(codes[index + at], code)),
  );
}

function isSameFold(code: number | undefined, folded: number): boolean {
  return code !== undefined && foldCode(code) === folded;
}

/** The full foldings of the members of a set. */
export function fullFoldsOfSet(set: CharSet): FullFold[] {
  return set.asciiOnly ? [] : allFullFolds().filter(({ sources }) => (sources.ranges ?? []).some(([low, high]) => hasAny(set, low, high)));
}

function hasAny(set: CharSet, low: number, high: number): boolean {
  for (let code = low; code <= high; code++) if (set.has(code)) return true;
  return false;
}

/** The set with every case variant of its members. */
export function ignoringCase(set: CharSet): CharSet {
  return setWhere((code) => set.has(code) || caseVariants(code).some((variant) => set.has(variant)));
}
