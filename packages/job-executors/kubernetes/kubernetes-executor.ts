// Runs jobs as Jobs of a Kubernetes cluster, each in one pod on the node that was chosen for it. The cluster keeps what a successor
// needs: Jobs of ours are found by their label, those that nobody has a record of any more too.
import { join, resolve } from "node:path";
import { assert, type BatonError, type Millis } from "@baton/core";
import { bootId } from "../containment/proc.ts";
import { takenAllocation } from "../errors.ts";
import { podPatienceMs } from "../limits.ts";
import type { ExecutorAbilities, JobExecutor, JobHandle, JobSpec, KubernetesProgram } from "../port.ts";
import { refusedJob } from "../refused-job.ts";
import { isAllocation, specProblem } from "../spec.ts";
import { allocationsIn, JobFolder, termsOf } from "../state/job-folder.ts";
import { clusterError, type ApiClient } from "./api-client.ts";
import { KubernetesJob, type ClusterHost, type PodIdentity } from "./kubernetes-job.ts";
import { identityOf, jobManifest, jobName, labels, podProblem } from "./manifest.ts";
import type { JobObject, PodObject } from "./objects.ts";
import { Reflector } from "./reflector.ts";

/** How a cluster is used. */
export interface KubernetesOptions {
  readonly client: ApiClient;
  /** Tells our Jobs from those of others; a word of letters, digits, dots and hyphens that stays the same. */
  readonly owner: string;
  /** Where output and results are kept until they are released. */
  readonly stateFolder: string;
  /** Where jobs may go, the first one unless they say; absent: the context's own. */
  readonly namespaces?: readonly string[];
  /** How long what does not start is waited for; absent: a minute. */
  readonly patienceMs?: Millis;
  /** The cluster can no longer be followed, or can again. */
  readonly trouble?: (error: BatonError | undefined) => void;
}

/** A handle that also says on which node of the cluster the job is. */
export interface KubernetesHandle extends JobHandle {
  readonly node: string;
}

/** The executor of a cluster. */
export interface KubernetesExecutor extends JobExecutor {
  adopt(): Promise<readonly KubernetesHandle[]>;
}

/** The executor of pods. */
export function createKubernetesExecutor(options: KubernetesOptions): KubernetesExecutor {
  return new ClusterExecutor(options);
}

class ClusterExecutor implements KubernetesExecutor {
  readonly kind = "kubernetes";
  readonly #options: KubernetesOptions;
  readonly #stateFolder: string;
  readonly #namespaces: readonly string[];
  readonly #host: ClusterHost;
  readonly #jobs = new Map<string, KubernetesJob>();
  readonly #byName = new Map<string, KubernetesJob>();
  readonly #jobObjects: readonly Reflector<JobObject>[];
  readonly #pods: readonly Reflector<PodObject>[];
  readonly #closing = new AbortController();
  #found: Promise<void> | undefined;

  constructor(options: KubernetesOptions) {
    const { client, stateFolder, namespaces = [client.access.namespace], patienceMs = podPatienceMs } = options;
    this.#options = options;
    this.#stateFolder = join(resolve(stateFolder), "kubernetes");
    this.#namespaces = namespaces;
    this.#host = { client, patienceMs, closing: this.#closing.signal, onReleased: (job) => this.#forget(job) };
    this.#jobObjects = namespaces.map((namespace) => this.#reflectJobs(namespace));
    this.#pods = namespaces.map((namespace) => this.#reflectPods(namespace));
  }

  async abilities(): Promise<ExecutorAbilities> {
    const notes = [
      "Both streams of a pod come as one, as stdout.",
      "A pod cannot be frozen, and cannot be sent a signal.",
      "Processor time and memory of pods are not measured.",
    ];
    const limits = { cpuMillis: "kernel", memoryBytes: "kernel", diskBytes: "sampled", pids: "none" } as const;
    try {
      const { gitVersion } = (await this.#options.client.ask({ method: "GET", path: "/version" })) as { readonly gitVersion?: string };
      return { by: `Kubernetes ${gitVersion ?? ""}`.trim(), limits, freeze: "none", accounting: "none", notes };
    } catch (error) {
      const { message } = clusterError(error, this.#options.client.access);
      return { by: "no Kubernetes cluster", limits, freeze: "none", accounting: "none", notes: [message, ...notes] };
    }
  }

  async start(spec: JobSpec): Promise<JobHandle> {
    const { program, allocation, token } = spec;
    assert(program.kind === "kubernetes", `Expected a pod, but got a ${program.kind}.`);
    const namespace = program.namespace ?? this.#namespaces[0] ?? "default";
    const problem = specProblem(spec) ?? podProblem(spec, program) ?? this.#namespaceProblem(namespace);
    if (problem !== undefined) return refusedJob(spec, "job-spec-invalid", problem);
    await this.#findAll();
    const there = this.#jobs.get(allocation);
    if (there?.token === token) return there;
    if (there !== undefined) throw takenAllocation(there, token);
    return this.#start(spec, program, namespace);
  }

  async adopt(): Promise<readonly KubernetesHandle[]> {
    await this.#findAll();
    return [...this.#jobs.values()];
  }

  close(): Promise<void> {
    this.#closing.abort();
    for (const job of this.#jobs.values()) job.letGo();
    for (const reflector of [...this.#jobObjects, ...this.#pods]) reflector.close();
    return Promise.resolve();
  }

  #start(spec: JobSpec, program: KubernetesProgram, namespace: string): KubernetesJob {
    const { allocation, token } = spec;
    const { owner } = this.#options;
    const { node } = program;
    const terms = termsOf(spec);
    const startedAt = Date.now();
    const folder = new JobFolder(this.#stateFolder, allocation);
    folder.create({ allocation, token, kind: this.kind, startedAt, bootId: bootId(), terms, place: { namespace, node } });
    const job = this.#add({ allocation, token, startedAt, terms, namespace, node, name: jobName(owner, spec) }, folder);
    job.run(jobManifest(spec, program, owner, startedAt));
    return job;
  }

  #add(identity: PodIdentity, folder: JobFolder): KubernetesJob {
    const job = new KubernetesJob(this.#host, identity, folder);
    this.#jobs.set(identity.allocation, job);
    this.#byName.set(`${identity.namespace}/${identity.name}`, job);
    return job;
  }

  #forget({ identity }: KubernetesJob): void {
    this.#jobs.delete(identity.allocation);
    this.#byName.delete(`${identity.namespace}/${identity.name}`);
  }

  /** Once: the jobs of whoever was here before. */
  #findAll(): Promise<void> {
    this.#found ??= this.#find().catch((error: unknown) => {
      this.#found = undefined;
      throw error;
    });
    return this.#found;
  }

  /** Those with a record, then those of which only the cluster knows. */
  async #find(): Promise<void> {
    await Promise.all([...this.#jobObjects, ...this.#pods].map((reflector) => reflector.start()));
    const objects = this.#jobObjects.flatMap(({ items }) => [...items.values()]);
    const byAllocation = new Map(objects.map((object) => [identityOf(object)?.allocation, object]));
    const recorded = new Set(allocationsIn(this.#stateFolder));
    for (const allocation of recorded) this.#resume(new JobFolder(this.#stateFolder, allocation), byAllocation.get(allocation));
    for (const object of objects) if (!recorded.has(identityOf(object)?.allocation ?? "")) this.#takeUp(object);
  }

  #resume(folder: JobFolder, object: JobObject | undefined): void {
    const { record, result } = folder.read();
    if (record === undefined) return object === undefined ? folder.remove() : this.#takeUpIn(folder, object);
    const { allocation, token, startedAt, terms = { limits: {} }, place = { namespace: "", node: "" } } = record;
    const job = this.#add({ allocation, token, startedAt, terms, ...place, name: jobName(this.#options.owner, record) }, folder);
    if (result !== undefined) return job.ended(result);
    this.#goOn(job, object);
  }

  /** Whoever wrote the Job lost the folder, or is another machine with the same owner's name. */
  #takeUp(object: JobObject): void {
    const identity = identityOf(object);
    if (identity !== undefined && isAllocation(identity.allocation))
      this.#takeUpIn(new JobFolder(this.#stateFolder, identity.allocation), object);
  }

  #takeUpIn(folder: JobFolder, object: JobObject): void {
    const identity = identityOf(object);
    if (identity === undefined) return;
    const { namespace = "", name } = object.metadata;
    const { node, ...known } = identity;
    folder.remove();
    folder.create({ ...known, kind: this.kind, bootId: bootId(), place: { namespace, node } });
    this.#goOn(this.#add({ ...identity, namespace, name }, folder), object);
  }

  #goOn(job: KubernetesJob, object: JobObject | undefined): void {
    for (const { items } of this.#pods)
      for (const pod of items.values()) if (pod.metadata.labels?.[labels.job] === job.identity.name) job.podChanged(pod);
    job.resume(object);
  }

  #namespaceProblem(namespace: string): string | undefined {
    if (this.#namespaces.includes(namespace)) return undefined;
    return `Jobs of this cluster go to ${this.#namespaces.join(", ")}, not to ${JSON.stringify(namespace)}.`;
  }

  #reflectJobs(namespace: string): Reflector<JobObject> {
    return new Reflector<JobObject>(this.#options.client, {
      path: `/apis/batch/v1/namespaces/${namespace}/jobs`,
      labels: `${labels.owner}=${this.#options.owner}`,
      keep: (object: JobObject) => object,
      changed: (object) => this.#byName.get(`${namespace}/${object.metadata.name}`)?.jobChanged(object),
      gone: (object) => this.#byName.get(`${namespace}/${object.metadata.name}`)?.jobGone(),
      ...(this.#options.trouble && { trouble: this.#options.trouble }),
    });
  }

  #reflectPods(namespace: string): Reflector<PodObject> {
    const jobOf = ({ metadata }: PodObject): KubernetesJob | undefined => this.#byName.get(`${namespace}/${metadata.labels?.[labels.job]}`);
    return new Reflector<PodObject>(this.#options.client, {
      path: `/api/v1/namespaces/${namespace}/pods`,
      labels: `${labels.owner}=${this.#options.owner}`,
      keep: (pod: PodObject) => pod,
      changed: (pod) => jobOf(pod)?.podChanged(pod),
      gone: (pod) => jobOf(pod)?.podGone(pod),
    });
  }
}
