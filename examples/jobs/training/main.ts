// `npm run example:training`: trains a model with a graph of jobs. One job makes the data, an array tries every setting of the
// hyper-parameters, one job picks the best on the validation data, and one evaluates it on data that nobody has seen.
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@baton/core";
import { complain, runGraph } from "../graph.ts";
import { grid } from "./model.ts";

const here = fileURLToPath(new URL(".", import.meta.url));

function job(program: string, work: string, more: JsonObject): JsonObject {
  const environment = { WORK: work, SEED: process.argv[2] ?? "1" };
  return {
    name: program,
    command: [process.execPath, join(here, `${program}.ts`)],
    environment,
    resources: { cpu: "500m" },
    retries: 2,
    ...more,
  };
}

const { jobs, outputOf } = await runGraph((work) => ({
  jobs: [
    job("generate", work, {}),
    job("train", work, { after: ["generate"], array: { count: grid.length } }),
    job("pick", work, { after: ["train"] }),
    job("evaluate", work, { after: ["pick"] }),
  ],
}));
grid.forEach((_, i) => process.stdout.write(outputOf(`train.${i}`)));
process.stdout.write(outputOf("pick") + outputOf("evaluate"));
process.exitCode = complain(jobs, outputOf) ? 1 : 0;
