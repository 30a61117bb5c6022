// Prints the ten most frequent words of all buckets; of equally frequent ones those that come first in the alphabet.
import { readCounts } from "./words.ts";
import { setting } from "../shared.ts";

const shown = 10;
const all = Array.from({ length: Number(setting("BUCKETS")) }, (_, i) => [...readCounts(`reduce-${i}`)]).flat();
all.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
for (const [word, times] of all.slice(0, shown)) console.log(`${times} ${word}`);
