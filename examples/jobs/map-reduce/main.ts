// `npm run example:map-reduce -- [FILE...]`: counts the words of files with a graph of jobs. One job maps each file into
// buckets, one reduces each bucket when all files are mapped, and one merges when all buckets are reduced.
import { globSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@baton/core";
import { complain, runGraph } from "../graph.ts";

const here = fileURLToPath(new URL(".", import.meta.url));
const buckets = 4;
const named = process.argv.slice(2).map((path) => resolve(path));
const files = named.length > 0 ? named : globSync(join(here, "../../../docs/guide/*.md"));

/** A job of this folder's programs, which take what they need from the environment and write into the work folder. */
function job(program: string, work: string, more: JsonObject): JsonObject {
  return {
    name: program,
    command: [process.execPath, join(here, `${program}.ts`)],
    environment: { FILES: JSON.stringify(files), BUCKETS: String(buckets), WORK: work },
    resources: { cpu: "250m" },
    retries: 2,
    ...more,
  };
}

const { jobs, outputOf } = await runGraph((work) => ({
  jobs: [
    job("map", work, { array: { count: files.length } }),
    job("reduce", work, { array: { count: buckets }, after: ["map"] }),
    job("merge", work, { after: ["reduce"] }),
  ],
}));
process.stdout.write(outputOf("merge"));
console.log(`${files.length} files, ${jobs.length} jobs`);
process.exitCode = complain(jobs, outputOf) ? 1 : 0;
