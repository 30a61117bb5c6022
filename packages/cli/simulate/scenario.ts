// From options to what is simulated: the policies, the workload, the cluster. Whatever is wrong is written to standard error,
// each problem with its place, its advice and its code, and the answer is then undefined.
import { basename } from "node:path";
import {
  makeScenario,
  parsePolicy,
  simulatorErrors,
  type Cluster,
  type MachineChoice,
  type NamedPolicy,
  type Problem,
  type Scenario,
  type Source,
} from "@baton/simulator";
import type { SimulateOptions } from "./options.ts";
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
  const cluster = options.cluster === undefined ? undefined : readClusterFile(options.cluster);
  const source = readSource(options, cluster?.ok ? cluster.value : undefined);
  const problems = [...(cluster && !cluster.ok ? cluster.error : []), ...(source.ok ? [] : source.error)];
  if (problems.length > 0 || !source.ok) return complain(problems, io);
  tellLeftOut(source.value, io);
  const scenario = makeScenario(source.value, machineChoice(options, cluster?.ok ? cluster.value : undefined));
  return scenario.ok ? scenario.value : complain(scenario.error, io);
}

/** A scenario per file of a set of graphs. */
export function readGraphSet(paths: readonly string[], options: SimulateOptions, io: Words): Scenario[] | undefined {
  const cluster = options.cluster === undefined ? undefined : readClusterFile(options.cluster);
  if (cluster && !cluster.ok) return complain(cluster.error, io);
  const problems: Problem[] = [];
  const scenarios: Scenario[] = [];
  for (const path of paths) {
    const source = readTrace(path, options);
    const scenario = source.ok ? makeScenario(source.value, machineChoice(options, cluster?.value)) : source;
    if (!scenario.ok) problems.push(...scenario.error);
    else if (scenario.value.workload.predecessors) scenarios.push(scenario.value);
    else
      problems.push({
        code: "simulation-invalid",
        where: basename(path),
        message: "A folder is read as a set of graphs; this file is a log.",
      });
  }
  if (problems.length === 0 && scenarios.length > 0) return scenarios;
  const nothing: Problem = {
    code: "trace-empty",
    where: options.trace ?? "",
    message: "The folder has no files.",
    next: "Name a folder of task graphs.",
  };
  return complain(problems.length > 0 ? problems : [nothing], io);
}

function machineChoice(options: SimulateOptions, cluster: Cluster | undefined): MachineChoice {
  return {
    ...(cluster ? { cluster } : {}),
    ...(options.processors === undefined ? {} : { processors: options.processors }),
    ...(options.nodes === undefined ? {} : { nodes: options.nodes }),
  };
}

function complain(problems: readonly Problem[], io: Words): undefined {
  for (const { code, where, message, next } of problems) io.err(`${where}: ${message} ${next ?? simulatorErrors[code].next} [${code}]\n`);
  return undefined;
}

function tellLeftOut(source: Source, io: Words): void {
  if (source.kind === "swf") {
    for (const { reason, count } of source.log.leftOut)
      io.err(`left out ${count === 1 ? "a job because" : `${count} jobs, each because`} ${reason}\n`);
  }
  const read = source.kind === "swf" ? source.log : source.kind === "history" ? source.history : undefined;
  if (!read || read.skippedCount === 0) return;
  for (const { where, message } of read.skipped) io.err(`skipped ${where}: ${message}\n`);
  if (read.skippedCount > read.skipped.length) io.err(`skipped ${read.skippedCount} malformed lines in all\n`);
}
