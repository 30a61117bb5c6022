// Adds up one bucket of all files.
import { add, readCounts, writeCounts, type Counts } from "./words.ts";
import { setting } from "../shared.ts";

const index = setting("BATON_ARRAY_INDEX");
const files = JSON.parse(setting("FILES")) as readonly string[];
const total: Counts = new Map();
files.forEach((_, file) => {
  for (const [word, times] of readCounts(`map-${file}-${index}`)) add(total, word, times);
});
writeCounts(`reduce-${index}`, total);
