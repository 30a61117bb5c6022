// npm run chaos -- --kills 200 [--seed 7] [--concurrency 8]: kills a server under load, again and again, and says
// what was lost or doubled. Ends with code 1 where a promise was broken.
import { parseArgs } from "node:util";
import { runChaos } from "./chaos.ts";

const { values } = parseArgs({
  options: {
    kills: { type: "string", default: "50" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    concurrency: { type: "string", default: "8" },
  },
});
const options = { kills: Number(values.kills), seed: Number(values.seed), concurrency: Number(values.concurrency) };
if (!Object.values(options).every((value) => Number.isInteger(value) && value >= 0)) {
  console.error("--kills, --seed and --concurrency are whole numbers, such as --kills 200.");
  process.exit(2);
}
console.log(`${options.kills} kills, seed ${options.seed}`);
const report = await runChaos({ ...options, progress: (line) => console.log(line) });
for (const problem of report.problems) console.log(`BROKEN ${problem}`);
const verdict = report.problems.length === 0 ? "nothing lost, nothing doubled" : `${report.problems.length} promises broken`;
console.log(
  `${report.kills} kills in ${report.seconds.toFixed(0)} s: ${report.orders} orders accepted, ${report.runs} runs, ${report.steps} steps, ` +
    `${report.calls} calls, ${report.repeats} of them repeated because a kill came before their answer was stored; ${verdict}`,
);
process.exitCode = report.problems.length === 0 ? 0 : 1;
