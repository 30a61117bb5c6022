// What the three programs have in common: words, and their counts as files.
import { readShared, writeShared } from "../shared.ts";

/** How often each word was found. */
export type Counts = Map<string, number>;

/** The words of a text, in lower case. */
export function wordsOf(text: string): readonly string[] {
  return text.toLowerCase().match(/\p{L}+/gu) ?? [];
}

/** Adds to what was counted before. */
export function add(counts: Counts, word: string, times: number): void {
  counts.set(word, (counts.get(word) ?? 0) + times);
}

/** The bucket that a word belongs to. */
export function bucketOf(word: string, buckets: number): number {
  let hash = 7;
  for (const character of word) hash = (hash * 31 + (character.codePointAt(0) ?? 0)) % 1_000_003;
  return hash % buckets;
}

/** A file of counts in the common folder. */
export function writeCounts(name: string, counts: Counts): void {
  writeShared(name, [...counts]);
}

/** Reads it again. */
export function readCounts(name: string): Counts {
  return new Map(readShared(name) as readonly (readonly [string, number])[]);
}
