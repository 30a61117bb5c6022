// `baton simulate` and `baton simulate compare`: data goes to standard output, words to standard error. Exit codes: 0 done,
// 1 the input is wrong, 2 the options are wrong, 4 a file is not there.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from "node:fs";
import { dirname, join } from "node:path";
import { defined } from "@baton/core";
import {
  advice,
  comparisonCsv,
  comparisonJson,
  comparisonTable,
  halves,
  htmlReport,
  jobLines,
  judge,
  makeScenario,
  measureCourse,
  objectives,
  parsePolicy,
  plotsByName,
  simulate,
  simulatorErrors,
  standalone,
  tournamentCsv,
  tournamentJson,
  tournamentTable,
  type Comparison,
  type NamedPolicy,
  type PolicyResult,
  type Problem,
  type Scenario,
  type Source,
} from "@baton/simulator";
import { exitCodes } from "../exit-codes.ts";
import { readOptions, type SimulateOptions } from "./options.ts";
import { progressBar, type Progress } from "./progress.ts";
import { FileError, readClusterFile, readSource } from "./source.ts";

/** Where a command writes. */
export interface CommandIo {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  readonly isTty: boolean;
  readonly columns?: number;
}

const defaultColumns = 120;

/** Runs the command with the arguments after `baton simulate`, and gives the exit code. */
export async function runSimulate(argv: readonly string[], io: CommandIo): Promise<number> {
  const invocation = readOptions(argv, io);
  if (invocation.kind === "exit") return invocation.code;
  const progress = progressBar(io.err, io.isTty && invocation.options.progress, io.columns ?? defaultColumns);
  try {
    const run = invocation.kind === "compare" ? runTournament : runComparison;
    return await Promise.resolve(run(invocation.options, io, progress));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    io.err(`${error.message}\n`);
    return exitCodes.notFound;
  } finally {
    progress.clear();
  }
}

function runComparison(options: SimulateOptions, io: CommandIo, progress: Progress): number {
  const policies = readPolicies(options.policy.split(","), io);
  if (!policies) return exitCodes.usage;
  const scenario = readScenario(options, io);
  if (!scenario) return exitCodes.failed;
  const results = policies.map((policy) => simulateOne(scenario, policy, progress));
  const comparison: Comparison = { ...scenario, results };
  progress.clear();
  writeFiles(comparison, options);
  io.out(render(comparison, options, io));
  warnOfRefused(results, io);
  return exitCodes.done;
}

function render(comparison: Comparison, options: SimulateOptions, io: CommandIo): string {
  if (options.output === "json") return comparisonJson(comparison);
  if (options.output === "csv") return comparisonCsv(comparison);
  return comparisonTable(comparison, { columns: io.columns ?? defaultColumns, tenants: options.tenants });
}

function runTournament(options: SimulateOptions, io: CommandIo, progress: Progress): number {
  const policies = readPolicies([...new Set([options.baseline, ...options.policy.split(",")])], io);
  if (!policies) return exitCodes.usage;
  const scenario = readScenario(options, io);
  if (!scenario) return exitCodes.failed;
  const [first, second] = halves(scenario.workload).map((workload): Scenario => ({ workload, cluster: scenario.cluster }));
  if (!first || !second || second.workload.count === 0) {
    io.err("A tournament needs jobs in both halves of the load; this one has too few.\n");
    return exitCodes.failed;
  }
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

function readPolicies(names: readonly string[], io: CommandIo): NamedPolicy[] | undefined {
  const read = names.map((name) => parsePolicy(name.trim()));
  for (const policy of read) if (!policy.ok) io.err(`${policy.error}\n`);
  return read.every((policy) => policy.ok) ? read.map(({ value }) => value) : undefined;
}

/** Reads the workload and the cluster, and says what was left out; undefined, with the problems written, if that fails. */
function readScenario(options: SimulateOptions, io: CommandIo): Scenario | undefined {
  const cluster = options.cluster === undefined ? undefined : readClusterFile(options.cluster);
  const source = readSource(options);
  const problems = [...(cluster && !cluster.ok ? cluster.error : []), ...(source.ok ? [] : source.error)];
  if (problems.length > 0 || !source.ok) return complain(problems, io);
  tellLeftOut(source.value, io);
  const scenario = makeScenario(source.value, {
    ...(cluster?.ok ? { cluster: cluster.value } : {}),
    ...(options.processors === undefined ? {} : { processors: options.processors }),
    ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
  });
  return scenario.ok ? scenario.value : complain(scenario.error, io);
}

function complain(problems: readonly Problem[], io: CommandIo): undefined {
  for (const { code, where, message, next } of problems) io.err(`${where}: ${message} ${next ?? simulatorErrors[code].next} [${code}]\n`);
  return undefined;
}

function tellLeftOut(source: Source, io: CommandIo): void {
  if (source.kind === "swf") {
    for (const { reason, count } of source.log.leftOut)
      io.err(`left out ${count === 1 ? "a job because" : `${count} jobs, each because`} ${reason}\n`);
  }
  const read = source.kind === "swf" ? source.log : source.kind === "history" ? source.history : undefined;
  if (!read || read.skippedCount === 0) return;
  for (const { where, message } of read.skipped) io.err(`skipped ${where}: ${message}\n`);
  if (read.skippedCount > read.skipped.length) io.err(`skipped ${read.skippedCount} malformed lines in all\n`);
}

function simulateOne(scenario: Scenario, policy: NamedPolicy, progress: Progress): PolicyResult {
  const course = simulate(scenario, policy, (done, total) => progress.show(policy.name, done, total));
  return measureCourse(policy.name, scenario.workload, scenario.cluster, course);
}

function warnOfRefused(results: readonly PolicyResult[], io: CommandIo): void {
  for (const { policy, course, refused, stranded } of results) {
    const first = course.refused[0];
    if (first)
      io.err(
        `${policy}: ${refused} jobs can never run here; the first: ${first.problem.where}: ${first.problem.message} ${first.problem.next}\n`,
      );
    if (stranded > 0) io.err(`${policy}: ${stranded} jobs were left waiting when nothing happened any more\n`);
  }
}

/** The files that the options ask for. */
function writeFiles(comparison: Comparison, { jobsOut, html, plots }: SimulateOptions): void {
  if (jobsOut !== undefined) writeLines(jobsOut, jobLines(comparison));
  if (html !== undefined) writeFile(html, htmlReport(comparison));
  if (plots !== undefined) for (const [name, svg] of plotsByName(comparison)) writeFile(join(plots, `${name}.svg`), standalone(svg));
}

function writeFile(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    throw new FileError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
}

const flushLength = 1 << 16;

/** Writes lines as they come, so that a file of millions of jobs never is one string. */
function writeLines(path: string, lines: Iterable<string>): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    const file = openSync(path, "w");
    let pending = "";
    for (const line of lines) {
      pending += line;
      if (pending.length < flushLength) continue;
      writeSync(file, pending);
      pending = "";
    }
    writeSync(file, pending);
    closeSync(file);
  } catch (error) {
    throw new FileError(`${path} cannot be written: ${error instanceof Error ? error.message : String(error)}.`, { cause: error });
  }
}
