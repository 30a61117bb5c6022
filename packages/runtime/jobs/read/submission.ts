// A submission as people write it: one job, or `{ jobs: [...] }` for a graph. Names are sorted out here, arrays counted out,
// and gangs completed; what only the running scheduler knows (queues, nodes, other jobs) is checked by it.
import { err, isArray, isObject, nearest, newId, ok, type Instant, type Json, type Random, type Result } from "@baton/core";
import { abilityLabels, containersOnlyTaint, type ContainerWork } from "@baton/executors";
import type { Amounts, Constraints, LabelTerm } from "@baton/scheduler";
import type { NewJob } from "../definition.ts";
import type { Functions } from "../functions.ts";
import { listedProblems } from "../jobs-refused.ts";
import { maxJobsPerSubmission, podResource } from "../limits.ts";
import { Fields, type FieldProblem } from "./fields.ts";
import { readJobs, type WrittenJob } from "./job.ts";

/** What reading needs of the world. */
export interface ReadingFacts {
  readonly now: Instant;
  readonly random: Random;
  /** The queue of a tenant that names none; undefined: there is no such tenant. */
  readonly queueOf: (tenant: string, queue: string | undefined) => Result<string, string>;
  /** The registered function that is meant. */
  readonly functionOf: Functions["resolve"];
  /** Whether a node that is there has this label; true as long as no machine is there at all. */
  readonly hasNodeWith: (label: string) => boolean;
  /** The resources that some node offers, and those that mean the same everywhere. */
  readonly resources: () => ReadonlySet<string>;
  /** Whether a node would have so much, were others not there. */
  readonly mayFitLater: (requests: Amounts) => boolean;
}

/** The jobs of a submission, or all that is wrong with it. */
export function readSubmission(value: Json, facts: ReadingFacts): Result<readonly NewJob[], readonly FieldProblem[]> {
  const problems: FieldProblem[] = [];
  const jobs = readJobs(writtenJobs(value, problems));
  checkNames(jobs);
  const gangs = gangSizes(jobs);
  const isPlain = jobs.every(({ gang, array }) => gang === undefined && array === undefined);
  const unique = isPlain ? "" : newId("evt", facts.now, facts.random);
  const gathered = (written: WrittenJob, i: number): readonly NewJob[] =>
    expanded(written, gangs, `${unique}/${written.job.name ?? `#${i + 1}`}`, facts);
  const all = isPlain ? plainJobs(jobs, facts) : jobs.flatMap(gathered);
  if (all.length > maxJobsPerSubmission)
    problems.push({ pointer: "", detail: `the submission has ${all.length} jobs; at most ${maxJobsPerSubmission} are taken at a time` });
  if (problems.length > 0) return err(problems.slice(0, listedProblems));
  const arrays = new Map(jobs.flatMap(({ job, array }) => (job.name !== null && array ? [[job.name, array.count] as const] : [])));
  return ok(arrays.size === 0 ? all : all.map((job) => withWholeArrays(job, arrays)));
}

function writtenJobs(value: Json, problems: FieldProblem[]): readonly Fields[] {
  if (!isObject(value)) {
    problems.push({ pointer: "", detail: "a submission is an object: a job, or an object with a list of jobs" });
    return [];
  }
  const { jobs } = value;
  if (jobs === undefined) return [new Fields(value, "", problems)];
  const whole = new Fields(value, "", problems);
  whole.only(["jobs"]);
  if (!isArray(jobs) || jobs.length === 0) {
    problems.push({ pointer: "/jobs", detail: "jobs must be a list of at least one job" });
    return [];
  }
  return whole.objects("jobs", maxJobsPerSubmission) ?? [];
}

/** Names are unique, and everything that is waited for is a name of the submission or the id of a job. */
function checkNames(jobs: readonly WrittenJob[]): void {
  const names = new Set<string>();
  let unknown = 0;
  for (const { job, fields } of jobs) {
    if (job.name === null) continue;
    if (names.has(job.name)) fields.wrong("name", `there are two jobs called ${job.name}`);
    names.add(job.name);
  }
  for (const { job, fields } of jobs)
    for (const wanted of job.after) {
      if (names.has(wanted) || wanted.startsWith("job_")) continue;
      // Who has that much wrong does not mean a name of these.
      const meant = ++unknown > listedProblems ? undefined : nearest(wanted, names);
      fields.wrong(
        "after",
        `there is no job ${wanted}: name one of this submission, or give the id of an earlier one${meant === undefined ? "" : ` (did you mean ${meant}?)`}`,
      );
    }
}

function gangSizes(jobs: readonly WrittenJob[]): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { gang, array } of jobs) if (gang) sizes.set(gang.id, (sizes.get(gang.id) ?? 0) + (array?.count ?? 1));
  for (const { gang, fields } of jobs) {
    const there = gang && sizes.get(gang.id);
    if (gang?.size !== undefined && gang.size !== there)
      fields.wrong(
        "gang",
        `the gang ${gang.id} is to have ${gang.size} members, but ${there} are submitted: a gang is submitted as a whole`,
      );
  }
  return sizes;
}

/** Jobs of no gang and no array, each for itself. */
function plainJobs(jobs: readonly WrittenJob[], facts: ReadingFacts): readonly NewJob[] {
  const all: NewJob[] = [];
  for (const written of jobs) {
    const before = all.at(-1);
    const again = written.repeats && before !== undefined ? withPayload(before, written, facts) : undefined;
    all.push(again ?? (expanded(written, noGangs, "", facts)[0] as NewJob));
  }
  return all;
}

const noGangs: ReadonlyMap<string, number> = new Map();

/** The job before once more, with another payload; undefined where that is to be looked at closely. */
function withPayload({ definition: before }: NewJob, { job, fields }: WrittenJob, { functionOf }: ReadingFacts): NewJob | undefined {
  const { payload } = job.definition;
  const { work } = before;
  if (fields.problems.length > 0 || (work.kind === "function" && !functionOf(work, payload).ok)) return undefined;
  return { ...job, definition: { ...before, payload } };
}

/** The jobs that a written one stands for: itself, or one for each place of its array. */
function expanded(written: WrittenJob, gangs: ReadonlyMap<string, number>, unique: string, facts: ReadingFacts): readonly NewJob[] {
  const { array, gang, tenant, fields } = written;
  const job = whereItCanRun(written, facts);
  const queue = queueFor(tenant, job, fields, facts);
  const member = gang && { gang: { id: `${unique.replace(/\/.*/, "")}/${gang.id}`, size: gangs.get(gang.id) ?? 1 } };
  const placement = { ...job.definition.placement, ...(queue !== undefined && { queue }), ...member };
  if (array === undefined) return [{ ...job, definition: { ...job.definition, placement } }];
  const { count, maxRunning } = array;
  return Array.from({ length: Math.min(count, maxJobsPerSubmission + 1) }, (_, index) => ({
    ...job,
    name: job.name === null ? null : `${job.name}.${index}`,
    definition: {
      ...job.definition,
      environment: { ...job.definition.environment, BATON_ARRAY_INDEX: String(index), BATON_ARRAY_COUNT: String(count) },
      placement: { ...placement, array: { id: unique, index, ...(maxRunning !== undefined && { maxRunning }) } },
    },
  }));
}

/** Not every node can do everything. */
function whereItCanRun(written: WrittenJob, facts: ReadingFacts): NewJob {
  const { work } = written.job.definition;
  return work.kind === "container" ? onEngine(written, work, facts) : withFunction(written, facts);
}

/** Containers go where there is an engine for them, or to a cluster. */
function onEngine({ job, fields }: WrittenJob, work: ContainerWork, { hasNodeWith, mayFitLater }: ReadingFacts): NewJob {
  const { containers, kubernetes } = abilityLabels;
  if (work.kubernetes !== undefined && job.definition.pids !== undefined)
    fields.wrong(
      "limits",
      "a Kubernetes cluster limits processes by its nodes (podPidsLimit), not by jobs: leave limits or kubernetes out",
    );
  if (work.kubernetes !== undefined && !hasNodeWith(kubernetes))
    fields.wrong("container", "no node belongs to a Kubernetes cluster, which the container asks for", "executor-unavailable");
  else if (!hasNodeWith(containers))
    fields.wrong("container", "no node can run containers: none has found Docker or Podman when it started", "executor-unavailable");
  const { placement } = job.definition;
  const labels = [{ key: containers, operator: "exists" } as const, ...clusterTerms(work, job.definition.pids)];
  const constraints = joined(placement.constraints ?? {}, { labels, tolerations: [{ key: containersOnlyTaint }] });
  // Others come and go in a cluster: what only they leave no room for is waited for.
  const waits = mayFitLater(placement.requests) && { keepImpossible: true };
  // A node of a cluster takes so many pods and no more, however small they are.
  const requests = work.kubernetes === undefined ? placement.requests : { ...placement.requests, [podResource]: 1 };
  return { ...job, definition: { ...job.definition, placement: { ...placement, requests, constraints, ...waits } } };
}

/** Some of what a container asks for only a cluster has, some only a machine. */
function clusterTerms({ kubernetes, volumes, ports, network }: ContainerWork, pids: number | undefined): readonly LabelTerm[] {
  if (kubernetes !== undefined) return [{ key: abilityLabels.kubernetes, operator: "exists" }];
  const isMounted = [volumes, ports].some((list) => list !== undefined && list.length > 0);
  const isForMachines = isMounted || network !== undefined || pids !== undefined;
  return isForMachines ? [{ key: abilityLabels.kubernetes, operator: "absent" }] : [];
}

/** A call of a function names its version, and goes where workers have it. */
function withFunction({ job, fields }: WrittenJob, { functionOf }: ReadingFacts): NewJob {
  const { work, payload, placement } = job.definition;
  if (work.kind !== "function") return job;
  const found = functionOf(work, payload);
  if (!found.ok) {
    fields.wrong(found.error.code === "function-not-registered" ? "function" : "payload", found.error.detail, found.error.code);
    return job;
  }
  const { version, constraints } = found.value;
  const both = placement.constraints === undefined ? constraints : joined(placement.constraints, constraints);
  // Workers come and go: a call waits for the next one that has the function.
  const placed = { ...placement, constraints: both, keepImpossible: true };
  return { ...job, definition: { ...job.definition, work: { ...work, version }, placement: placed } };
}

function joined(own: Constraints, needed: Constraints): Constraints {
  const labels = [...(own.labels ?? []), ...(needed.labels ?? [])];
  const tolerations = [...(own.tolerations ?? []), ...(needed.tolerations ?? [])];
  return { ...own, labels, tolerations };
}

function queueFor(tenant: string | undefined, job: NewJob, fields: Fields, { queueOf }: ReadingFacts): string | undefined {
  if (tenant === undefined) return undefined;
  const found = queueOf(tenant, job.definition.placement.queue);
  return found.ok ? found.value : fields.wrong("tenant", found.error);
}

/** Who waits for an array waits for all of it. */
function withWholeArrays(job: NewJob, arrays: ReadonlyMap<string, number>): NewJob {
  const after = job.after.flatMap((wanted) => {
    const count = arrays.get(wanted);
    return count === undefined ? [wanted] : Array.from({ length: count }, (_, index) => `${wanted}.${index}`);
  });
  return { ...job, after };
}
