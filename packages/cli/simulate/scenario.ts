// From options to what is simulated: the policies, the workload, the cluster. Whatever is wrong is written to standard error,
// each problem with its place, its advice and its code, and the answer is then undefined.
import { err, ok, type Result } from "@baton/core";
import {
  equalNodes,
  makeScenario,
  parsePolicy,
  problem,
  simulatorErrors,
  type Cluster,
  type History,
  type MachineChoice,
  type NamedPolicy,
  type Problem,
  type Scenario,
  type Source,
} from "@baton/simulator";
import type { SimulateOptions } from "./options.ts";
import type { NamedFile } from "./archive.ts";
import { readClusterFile, readSource, readTrace } from "./source.ts";

/** Where words for people go. */
export interface Words {
  readonly err: (text: string) => void;
}

/** The policies of a list of names. */
export function readPolicies(names: readonly string[], io: Words): NamedPolicy[] | undefined {
  const read = names.map((name) => parsePolicy(name.trim()));
  for (const policy of read) if (!policy.ok) io.err(`${policy.error}\n`);
  return read.every((policy) => policy.ok) ? read.map(({ value }) => value) : undefined;
}

/** The workload and the cluster that the options name. */
export function readScenario(options: SimulateOptions, io: Words): Scenario | undefined {
  const cluster = namedCluster(options);
  const source = readSource(options, cluster?.ok ? cluster.value : undefined);
  const problems = [...(cluster && !cluster.ok ? cluster.error : []), ...(source.ok ? [] : source.error)];
  if (problems.length > 0 || !source.ok) return complain(problems, io);
  tellLeftOut(source.value, io);
  const scenario = makeScenario(source.value, machineChoice(options, cluster?.ok ? cluster.value : undefined));
  return scenario.ok ? scenario.value : complain(scenario.error, io);
}

/** The cluster that the options describe; a generated load is made for the nodes that it gets. */
function namedCluster({ cluster, load, nodes }: SimulateOptions): Result<Cluster, readonly Problem[]> | undefined {
  if (cluster !== undefined) return readClusterFile(cluster);
  return load !== undefined && nodes !== undefined ? ok(equalNodes(nodes)) : undefined;
}

/** A scenario per graph of a set; files that are in none of the formats are passed over, and named. */
export function readGraphSet(files: readonly NamedFile[], options: SimulateOptions, io: Words): Scenario[] | undefined {
  const cluster = options.cluster === undefined ? undefined : readClusterFile(options.cluster);
  if (cluster && !cluster.ok) return complain(cluster.error, io);
  const problems: Problem[] = [];
  const strangers: Problem[] = [];
  const scenarios: Scenario[] = [];
  for (const file of files) {
    const scenario = readGraphFile(file, options, cluster?.value);
    if (scenario.ok) scenarios.push(scenario.value);
    else (scenario.error[0]?.code === "trace-format-unknown" ? strangers : problems).push(...scenario.error);
  }
  if (problems.length === 0 && scenarios.length === 0) problems.push(...strangers, ...(strangers.length === 0 ? [noGraphs(options)] : []));
  if (problems.length > 0) return complain(problems, io);
  for (const { where, message } of strangers) io.err(`passed over ${where}: ${message}\n`);
  return scenarios;
}

function readGraphFile(file: NamedFile, options: SimulateOptions, cluster: Cluster | undefined): Result<Scenario, readonly Problem[]> {
  const source = readTrace(file, options);
  const scenario = source.ok ? makeScenario(source.value, machineChoice(options, cluster)) : source;
  if (!scenario.ok || scenario.value.workload.predecessors) return scenario;
  const message = "A folder or an archive is read as a set of graphs; this file is a log.";
  return err([problem("simulation-invalid", file.name, message, "Name the log itself.")]);
}

function noGraphs(options: SimulateOptions): Problem {
  return problem("trace-empty", options.trace ?? "", "There are no files in it.", "Name a folder or an archive of task graphs.");
}

function machineChoice(options: SimulateOptions, cluster: Cluster | undefined): MachineChoice {
  return {
    ...(cluster ? { cluster } : {}),
    ...(options.processors === undefined ? {} : { processors: options.processors }),
    ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
  };
}

/** Writes problems; where many files have the same one, once. */
export function complain(problems: readonly Problem[], io: Words): undefined {
  const alike = Map.groupBy(problems, ({ code, message, next }) => `${code} ${message} ${next ?? ""}`);
  for (const [first, ...others] of alike.values()) {
    const { code, where, message, next } = first as Problem;
    const more = others.length === 0 ? "" : ` (and ${others.length} more like it)`;
    io.err(`${where}${more}: ${message} ${next ?? simulatorErrors[code].next} [${code}]\n`);
  }
  return undefined;
}

function tellLeftOut(source: Source, io: Words): void {
  const read = source.kind === "swf" ? source.log : source.kind === "history" ? source.history : undefined;
  if (!read) return;
  for (const { reason, count } of read.leftOut)
    io.err(`left out ${count === 1 ? "a job because" : `${count} jobs, each because`} ${reason}\n`);
  if (source.kind === "history") tellOpenDependencies(source.history, io);
  if (read.skippedCount === 0) return;
  for (const { where, message } of read.skipped) io.err(`skipped ${where}: ${message}\n`);
  if (read.skippedCount > read.skipped.length) io.err(`skipped ${read.skippedCount} malformed lines in all\n`);
}

function tellOpenDependencies({ openDependencies }: History, io: Words): void {
  if (!openDependencies) return;
  const { count, where, id } = openDependencies;
  const what = count === 1 ? `${where}: the dependency on ${id}` : `${count} dependencies (the first is ${where}: ${id})`;
  io.err(`passed over ${what}: what is waited for is not among the jobs that are simulated, and counts as ended before\n`);
}
