// npm run chaos -- --kills 200 [--seed 7] [--concurrency 8] [--jobs [--nodes 2]]: kills a server under load, again and again, and
// says what was lost or doubled: of flows, or of jobs with --jobs, on the server's own node and so many that have joined. Ends with code 1 where a promise was broken.
import { parseArgs } from "node:util";
import { runChaos } from "./chaos.ts";
import { runJobChaos } from "./jobs/chaos.ts";

const usage = `npm run chaos -- [--kills 50] [--seed 7] [--concurrency 8] [--jobs [--nodes 2]]
  --jobs  kills under a load of jobs: servers, joined nodes (--nodes, so many), workers, the jobs' processes; else servers under flows`;

const { isOfJobs, ...options } = readArguments();
console.log(`${options.kills} kills, seed ${options.seed}`);
const { problems, summary } = isOfJobs ? await chaosOfJobs() : await chaosOfFlows();
for (const problem of problems) console.log(`BROKEN ${problem}`);
console.log(`${summary}; ${problems.length === 0 ? "nothing lost, nothing doubled" : `${problems.length} promises broken`}`);
process.exitCode = problems.length === 0 ? 0 : 1;

interface Outcome {
  readonly problems: readonly string[];
  readonly summary: string;
}

async function chaosOfFlows(): Promise<Outcome> {
  const report = await runChaos({ ...options, progress: (line) => console.log(line) });
  const summary =
    `${report.kills} kills in ${report.seconds.toFixed(0)} s: ${report.orders} orders accepted, ${report.runs} runs, ${report.steps} steps, ` +
    `${report.calls} calls, ${report.repeats} of them repeated because a kill came before their answer was stored`;
  return { problems: report.problems, summary };
}

async function chaosOfJobs(): Promise<Outcome> {
  const report = await runJobChaos({ ...options, progress: (line) => console.log(line) });
  const hit = Object.entries(report.kills).map(([target, times]) => `${target} ${times}`);
  const summary =
    `${hit.join(", ")} killed in ${report.seconds.toFixed(0)} s: ${report.submissions} submissions accepted, ${report.jobs} jobs, ` +
    `${report.attempts} attempts placed on ${report.used} nodes, ${report.begun} begun, ${report.finished} finished, ` +
    `${report.absences} nodes away for longer than their lease, ${report.refused} late ends refused, at most ${report.atATime} of ${report.room} commands at a time on one, ${report.replayed} events of the schedulers replayed`;
  return { problems: report.problems, summary };
}

function readArguments(): { readonly isOfJobs: boolean } & Record<"kills" | "seed" | "concurrency" | "nodes", number> {
  try {
    const { values } = parseArgs({
      options: {
        jobs: { type: "boolean", default: false },
        kills: { type: "string", default: "50" },
        seed: { type: "string", default: String(Date.now() % 1_000_000) },
        concurrency: { type: "string", default: "8" },
        nodes: { type: "string", default: "2" },
      },
    });
    const whole = (name: "kills" | "seed" | "concurrency" | "nodes"): number => {
      if (!/^\d{1,9}$/.test(values[name])) throw new TypeError(`--${name} is a whole number, not ${JSON.stringify(values[name])}.`);
      return Number(values[name]);
    };
    return { isOfJobs: values.jobs, kills: whole("kills"), seed: whole("seed"), concurrency: whole("concurrency"), nodes: whole("nodes") };
  } catch (error) {
    console.error(`${(error as Error).message}\n${usage}`);
    process.exit(2);
  }
}
