// Counts the words of one file, the one of this job's place in its array, into as many files as there are buckets.
import { readFileSync } from "node:fs";
import { add, bucketOf, wordsOf, writeCounts, type Counts } from "./words.ts";
import { setting } from "../shared.ts";

const buckets = Number(setting("BUCKETS"));
const index = Number(setting("BATON_ARRAY_INDEX"));
const files = JSON.parse(setting("FILES")) as readonly string[];
const counts: Counts[] = Array.from({ length: buckets }, () => new Map<string, number>());
for (const word of wordsOf(readFileSync(files[index] ?? "", "utf8"))) add(counts[bucketOf(word, buckets)] ?? new Map(), word, 1);
counts.forEach((bucket, i) => writeCounts(`map-${index}-${i}`, bucket));
