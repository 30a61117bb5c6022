// `baton simulate` and `baton simulate compare`: data goes to standard output, words to standard error. Exit codes: 0 done,
// 1 the input is wrong, 2 the options are wrong, 4 a file is not there.
import { join } from "node:path";
import { defined } from "@baton/core";
import {
  advice,
  chooseMeasures,
  comparisonCsv,
  comparisonJson,
  comparisonTable,
  graphSetCsv,
  graphSetJson,
  graphSetTable,
  halves,
  htmlReport,
  jobLines,
  judge,
  lowerBound,
  measureCourse,
  measuresTable,
  objectionToPlan,
  objectives,
  plotsByName,
  simulate,
  standalone,
  tournamentCsv,
  tournamentJson,
  tournamentTable,
  type Comparison,
  type Measure,
  type NamedPolicy,
  type PolicyResult,
  type Scenario,
} from "@baton/simulator";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import type { NamedFile } from "./archive.ts";
import { checkWritable, FileError, filesWithin, makeFolder, writeLines, writeText } from "./files.ts";
import { readOptions, type SimulateOptions } from "./options.ts";
import { runReplay } from "./replay.ts";
import { progressBar, type Progress } from "./progress.ts";
import { readGraphSet, readPolicies, readScenario } from "./scenario.ts";

/** Where a command writes. */
export interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTty: boolean;
  readonly columns?: number;
}

const defaultColumns = 120;
/** Options that say nothing of a set of graphs, as they are written. */
const optionNames = { html: "--html", plots: "--plots", jobsOut: "--jobs-out", measures: "--measures" } as const;
const notForSets = Object.keys(optionNames) as (keyof typeof optionNames)[];

/** Runs the command with the arguments after `baton simulate`, and gives the exit code. */
export async function runSimulate(argv: readonly string[], io: CommandIo): Promise<number> {
  const invocation = readOptions(argv, io);
  if (invocation.kind === "exit") return invocation.code;
  const { kind, options } = invocation;
  const progress = progressBar(io.err, io.isTty && options.progress, io.columns ?? defaultColumns);
  try {
    return await Promise.resolve(kind === "compare" ? runTournament(options, io, progress) : runComparison(options, io, progress));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    progress.clear();
    io.err(`${error.message}\n`);
    return error.exitCode;
  } finally {
    progress.clear();
  }
}

function runComparison(options: SimulateOptions, io: CommandIo, progress: Progress): ExitCode {
  if (options.recording !== undefined) return runReplay(options.recording, options, io);
  const policies = readPolicies([...new Set(options.policy.split(","))], io);
  if (!policies) return exitCodes.usage;
  const set = options.trace === undefined ? undefined : filesWithin(options.trace);
  if (set) return runGraphSet(set, policies, options, io, progress);
  const scenario = readScenario(options, io);
  if (!scenario || cannotPlan(scenario, policies, io)) return exitCodes.failed;
  const measures = readMeasures(options, scenario, io);
  if (measures === "unknown") return exitCodes.usage;
  checkFiles(options);
  warnOfNoQueues(policies, scenario, io);
  const results = policies.map((policy) => simulateOne(scenario, policy, progress));
  const comparison: Comparison = { ...scenario, results };
  progress.clear();
  writeFiles(comparison, options);
  io.out(measures ? measuresTable(comparison, measures, io.columns ?? defaultColumns) : render(comparison, options, io));
  warnOfRefused(results, io);
  return exitCodes.done;
}

/** The measures that were asked for by name; undefined where all are shown. */
function readMeasures(
  { measures, output }: SimulateOptions,
  { workload }: Scenario,
  io: CommandIo,
): readonly Measure[] | "unknown" | undefined {
  if (measures === undefined) return undefined;
  const names = measures.split(",").map((name) => name.trim());
  const chosen = chooseMeasures(
    names,
    workload.resources.map(({ name }) => name),
  );
  if (chosen.ok && output === "table") return chosen.value;
  io.err(`${chosen.ok ? "--measures chooses what the table shows: JSON and CSV have all measures." : chosen.error}\n`);
  return "unknown";
}

function render(comparison: Comparison, options: SimulateOptions, io: CommandIo): string {
  if (options.output === "json") return comparisonJson(comparison);
  if (options.output === "csv") return comparisonCsv(comparison);
  return comparisonTable(comparison, { columns: io.columns ?? defaultColumns, tenants: options.tenants });
}

/** The graphs of a folder or an archive, each on an empty cluster. */
function runGraphSet(
  files: readonly NamedFile[],
  policies: readonly NamedPolicy[],
  options: SimulateOptions,
  io: CommandIo,
  progress: Progress,
): ExitCode {
  const pointless = notForSets.find((option) => options[option] !== undefined);
  if (pointless !== undefined) {
    io.err(`${optionNames[pointless]} needs one load; ${options.trace} is a set of graphs, of which only makespans are compared.\n`);
    return exitCodes.usage;
  }
  const scenarios = readGraphSet(files, options, io);
  if (!scenarios || scenarios.some((scenario) => cannotPlan(scenario, policies, io))) return exitCodes.failed;
  const graphs = scenarios.map((scenario, i) => {
    const { workload, cluster } = scenario;
    progress.show(workload.name, i, scenarios.length);
    const results = policies.map((policy) => measureCourse(policy.name, workload, cluster, simulate(scenario, policy)));
    return { graph: workload.name, tasks: workload.count, bound: lowerBound(workload, cluster), results };
  });
  progress.clear();
  if (options.output === "json") io.out(graphSetJson(graphs));
  else io.out(options.output === "csv" ? graphSetCsv(graphs) : graphSetTable(graphs));
  return exitCodes.done;
}

function runTournament(options: SimulateOptions, io: CommandIo, progress: Progress): ExitCode {
  if (options.recording !== undefined) {
    io.err("A recording is replayed as it was; to compare policies on its jobs, name it with --trace.\n");
    return exitCodes.usage;
  }
  const policies = readPolicies([...new Set([options.baseline, ...options.policy.split(",")])], io);
  if (!policies) return exitCodes.usage;
  if (options.trace !== undefined && filesWithin(options.trace)) {
    io.err(`A tournament needs one load, which it cuts in two; ${options.trace} is a set of graphs.\n`);
    return exitCodes.usage;
  }
  const scenario = readScenario(options, io);
  if (!scenario || cannotPlan(scenario, policies, io)) return exitCodes.failed;
  const [first, second] = halves(scenario.workload).map((workload): Scenario => ({ workload, cluster: scenario.cluster }));
  if (!first || !second || second.workload.count === 0) {
    io.err("A tournament needs jobs in both halves of the load; this one has too few.\n");
    return exitCodes.failed;
  }
  checkFiles(options);
  const results = policies.map((policy) => [simulateOne(first, policy, progress), simulateOne(second, policy, progress)] as const);
  progress.clear();
  const objective = defined(
    objectives.find(({ name }) => name === options.by),
    `an objective ${options.by}`,
  );
  const tournament = judge(results, options.baseline, objective);
  writeFiles({ ...second, results: results.map(([, own]) => own) }, options);
  if (options.output === "json") io.out(tournamentJson(tournament));
  else if (options.output === "csv") io.out(tournamentCsv(tournament));
  else io.out(`${tournamentTable(tournament)}\n${advice(tournament)}\n`);
  return exitCodes.done;
}

function simulateOne(scenario: Scenario, policy: NamedPolicy, progress: Progress): PolicyResult {
  const course = simulate(scenario, policy, (done, total) => progress.show(policy.name, done, total));
  return measureCourse(policy.name, scenario.workload, scenario.cluster, course);
}

/** Says why a plan cannot be made, where one is asked for. */
function cannotPlan(scenario: Scenario, policies: readonly NamedPolicy[], io: CommandIo): boolean {
  const objection = policies.some(({ planned }) => planned) ? objectionToPlan(scenario) : undefined;
  if (objection !== undefined) io.err(`${scenario.workload.name} cannot run under "planned": ${objection}.\n`);
  return objection !== undefined;
}

/** Fairness that is asked for by name decides between queues: where there is one only, it changes nothing, and people wonder. */
function warnOfNoQueues(policies: readonly NamedPolicy[], { cluster, workload }: Scenario, io: CommandIo): void {
  const fair = policies.find(({ name }) => /\b(drf|weighted-fair)\b/.test(name));
  if (fair === undefined || cluster.queues.length > 0 || workload.tenants.length < 2) return;
  io.err(
    `${fair.name}: all tenants wait in one queue, so fairness between queues changes nothing; name queues like tenants in a --cluster file\n`,
  );
}

/** So many of the jobs that can never run are named. */
const namedRefused = 3;

function warnOfRefused(results: readonly PolicyResult[], io: CommandIo): void {
  for (const { policy, course, refused, stranded } of results) {
    const named = course.refused.slice(0, namedRefused);
    for (const { problem } of named) {
      const { where, message, next } = problem;
      io.err(`${policy}: a job can never run here: ${where}: ${message}. ${next}\n`);
    }
    if (refused > named.length) io.err(`${policy}: ${refused} jobs can never run here in all\n`);
    if (stranded > 0) io.err(`${policy}: ${stranded} jobs were left waiting when nothing happened any more\n`);
  }
}

/** Before a long simulation, whether its results can be written where they are wanted. */
function checkFiles({ jobsOut, html, plots }: SimulateOptions): void {
  for (const path of [jobsOut, html, plots]) if (path !== undefined) checkWritable(path);
}

/** The files that the options ask for. */
function writeFiles(comparison: Comparison, { jobsOut, html, plots }: SimulateOptions): void {
  if (jobsOut !== undefined) writeLines(jobsOut, jobLines(comparison));
  if (html !== undefined) writeText(html, htmlReport(comparison));
  if (plots === undefined) return;
  makeFolder(plots);
  for (const [name, svg] of plotsByName(comparison)) writeText(join(plots, `${name}.svg`), standalone(svg));
}
