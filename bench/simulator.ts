// How fast the simulator drives the scheduler, on one core, on a public log and on a generated one; and what a job costs
// in memory. A line per measurement; the target is the one that docs/guide/scheduling.md promises.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gunzipSync } from "node:zlib";
import {
  generateLoad,
  makeScenario,
  parsePolicy,
  plainMachine,
  readSwf,
  simulate,
  type NamedPolicy,
  type Scenario,
} from "@baton/simulator";
import { cpuSecondsOf, memoryUsed } from "./measure.ts";

const log = fileURLToPath(new URL("../../shared/data/swf/SDSC-BLUE.swf.gz", import.meta.url));

/** Policies on the log, with the jobs per second that they must reach. */
const targets: readonly (readonly [string, number])[] = [
  ["easy", 300_000],
  ["sjbf-avg2-reqtime", 150_000],
  ["conservative", 20_000],
  ["default", 0],
];

/** Runs all measurements and prints a line for each. */
export function benchSimulator(): void {
  const blue = readBlue();
  if (blue) for (const [name, target] of targets) measure("SDSC-BLUE", blue, name, target);
  else console.log("simulator: SDSC-BLUE is not there (needs ../shared/data/swf)");
  const load = generateLoad({ shape: "poisson", seed: 1, jobs: 500_000, offered: 0.8, processors: 1, meanRun: 1_000_000 });
  if (!load.ok) throw new Error("the load does not generate");
  const queue: Scenario = { workload: load.value, cluster: plainMachine(1) };
  for (const name of ["fcfs", "srtf"]) measure("M/M/1 at 0.8", queue, name, 0);
}

function readBlue(): Scenario | undefined {
  if (!existsSync(log)) return undefined;
  const read = readSwf([gunzipSync(readFileSync(log)).toString("latin1")], { name: "SDSC-BLUE" });
  if (!read.ok) return undefined;
  const scenario = makeScenario({ kind: "swf", log: read.value }, {});
  return scenario.ok ? scenario.value : undefined;
}

const rounds = 5;

/**
 * The best of some rounds, in jobs per second of one core: what other processes take meanwhile does not count. Memory is looked at in a
 * round of its own.
 */
function measure(what: string, scenario: Scenario, name: string, target: number): void {
  const policy = parsePolicy(name);
  if (!policy.ok) throw new Error(policy.error);
  const jobs = scenario.workload.count;
  const bytes = Math.round(bytesOf(scenario, policy.value) / jobs);
  const played = Array.from({ length: rounds }, () => cpuSecondsOf(() => simulate(scenario, policy.value)));
  const rate = Math.round(jobs / Math.min(...played));
  const verdict = target === 0 ? "" : rate >= target ? `  (at least ${target}: yes)` : `  (at least ${target}: NO)`;
  console.log(`simulator: ${what}, ${name}: ${rate} jobs/s, at most ${bytes} bytes/job above the log itself${verdict}`);
}

/** The most memory that a simulation takes beyond its scenario. */
function bytesOf(scenario: Scenario, policy: NamedPolicy): number {
  const before = memoryUsed();
  let highest = before;
  simulate(scenario, policy, () => {
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    highest = Math.max(highest, heapUsed + arrayBuffers);
  });
  return highest - before;
}

if (import.meta.main) benchSimulator();
