// Runs containers by the engine of the machine, Docker or Podman.
import { createHash } from "node:crypto";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { assert, type Json } from "@baton/core";
import { bootId } from "../containment/proc.ts";
import { takenAllocation } from "../errors.ts";
import { engineAnswerMs, engineRetryMs, lastRemovalsMs, sweepContainersMs } from "../limits.ts";
import type { ExecutorAbilities, JobExecutor, JobHandle, JobSpec } from "../port.ts";
import { refusedJob } from "../refused-job.ts";
import { specProblem } from "../spec.ts";
import { allocationsIn, JobFolder, termsOf } from "../state/job-folder.ts";
import { containerProblem, labels } from "./config.ts";
import { ContainerJob, type ContainerHost } from "./container-job.ts";
import { EngineClient, findEngineSocket } from "./engine-client.ts";
import { Removals } from "./removals.ts";

/** How containers are run on this node. */
export interface ContainerOptions {
  /** Where everything about the jobs is kept; one node has one. */
  readonly stateFolder: string;
  /** Of the engine; absent: the first one that is found. */
  readonly socketPath?: string;
  /** Folders of the machine that jobs may mount; absent: all. */
  readonly volumeRoots?: readonly string[];
  /** No other executor comes after it: when it is closed, it removes what would be removed later. */
  readonly isLast?: boolean;
}

interface EngineInfo {
  readonly ServerVersion?: string;
  readonly CgroupVersion?: string;
  readonly InitBinary?: string;
  readonly MemoryLimit?: boolean;
  readonly PidsLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly Name?: string;
  /** Of the answer to another question. */
  readonly isPodman: boolean;
}

/** The executor of containers. */
export function createContainerExecutor(options: ContainerOptions): JobExecutor {
  return new ContainerExecutor(options);
}

class ContainerExecutor implements JobExecutor {
  readonly kind = "container";
  readonly #stateFolder: string;
  readonly #volumeRoots: readonly string[] | undefined;
  readonly #engine: EngineClient;
  readonly #host: ContainerHost;
  readonly #removals: Removals;
  readonly #jobs = new Map<string, ContainerJob>();
  #info: Promise<EngineInfo> | undefined;
  #found: Promise<void> | undefined;
  readonly #closing = new AbortController();
  readonly #isLast: boolean;
  #sweeping: NodeJS.Timeout | undefined;

  constructor({ stateFolder, socketPath, volumeRoots, isLast = false }: ContainerOptions) {
    this.#stateFolder = join(resolve(stateFolder), "containers");
    this.#volumeRoots = volumeRoots;
    this.#isLast = isLast;
    this.#engine = new EngineClient(socketPath ?? findEngineSocket() ?? "/var/run/docker.sock");
    this.#removals = new Removals(this.#engine);
    this.#host = {
      engine: this.#engine,
      owner: createHash("sha256").update(this.#stateFolder).digest("hex").slice(0, 16),
      hasInit: async () => ((await this.#engineInfo()).InitBinary ?? "") !== "",
      // Podman's monitor drops what a slow reader does not take.
      hasWholeStreams: async () => !(await this.#engineInfo()).isPodman,
      makesVolumes: async () => (await this.#engineInfo()).isPodman,
      onEnded: (container) => this.#removals.afterEnd(container),
      onReleased: ({ allocation }) => void this.#jobs.delete(allocation),
    };
  }

  async abilities(): Promise<ExecutorAbilities> {
    try {
      const signal = AbortSignal.timeout(engineAnswerMs);
      return { ...abilitiesOf(await this.#engineInfo(signal)), at: this.#engine.socketPath };
    } catch {
      const limits = { cpuMillis: "none", memoryBytes: "none", pids: "none", diskBytes: "none" } as const;
      const notes = [`No container engine answers at ${this.#engine.socketPath}, so jobs in containers are refused.`];
      return { by: "no container engine", isThere: false, limits, freeze: "none", accounting: "none", notes };
    }
  }

  async start(spec: JobSpec): Promise<JobHandle> {
    const { program, allocation, token } = spec;
    assert(program.kind === "container", `Expected a container, but got a ${program.kind}.`);
    const problem = specProblem(spec) ?? containerProblem(program, this.#volumeRoots);
    if (problem !== undefined) return refusedJob(spec, "job-spec-invalid", problem);
    await this.#findAll();
    const there = this.#jobs.get(allocation);
    if (there?.token === token) return there;
    if (there !== undefined) throw takenAllocation(there, token);
    const terms = termsOf(spec);
    const startedAt = Date.now();
    const folder = new JobFolder(this.#stateFolder, allocation);
    const input = spec.stdin === undefined ? {} : { needsInput: true as const };
    folder.create({ allocation, token, kind: "container", startedAt, bootId: bootId(), terms, ...input });
    const job = new ContainerJob(this.#host, { allocation, token, startedAt, terms }, folder);
    this.#jobs.set(allocation, job);
    this.#sweepFromNowOn();
    job.run(spec);
    return job;
  }

  async adopt(): Promise<readonly JobHandle[]> {
    await this.#findAll();
    return [...this.#jobs.values()];
  }

  async close(): Promise<void> {
    this.#closing.abort();
    clearInterval(this.#sweeping);
    // An engine that loses whoever asked for a start ends what it was about to start.
    await Promise.race([
      Promise.all([...this.#jobs.values()].map(async (job) => job.settled())),
      sleep(engineAnswerMs, undefined, { ref: false }),
    ]);
    for (const job of this.#jobs.values()) job.letGo();
    if (this.#isLast) await this.#removals.finish(lastRemovalsMs);
    this.#removals.close();
    this.#engine.close();
  }

  #engineInfo(signal?: AbortSignal): Promise<EngineInfo> {
    this.#info ??= this.#askInfo(signal).catch((error: unknown) => {
      this.#info = undefined;
      throw error;
    });
    return this.#info;
  }

  async #askInfo(signal: AbortSignal | undefined): Promise<EngineInfo> {
    const ask = (path: string): Promise<Json> => this.#engine.ask({ method: "GET", path, ...(signal && { signal }) });
    const [info, version] = await Promise.all([ask("/info"), ask("/version")]);
    const { Components = [] } = version as { readonly Components?: readonly { readonly Name?: string }[] };
    return { ...(info as object), isPodman: Components.some((component) => component.Name?.includes("Podman")) };
  }

  /** Once: the jobs of whoever was here before. */
  #findAll(): Promise<void> {
    this.#found ??= this.#find();
    return this.#found;
  }

  /** Resolves when the engine has said what it has. One that does not answer now is waited for by those who need it, and by nobody else. */
  async #find(): Promise<void> {
    const allocations = allocationsIn(this.#stateFolder);
    const asked = this.#ownContainers();
    const containers = asked.catch(() => (allocations.length === 0 ? [] : this.#waitForContainers()));
    const findings = allocations.map((allocation) => {
      const own = containers.then((all) => all.find(({ Labels }) => Labels[labels.allocation] === allocation));
      return this.#resume(new JobFolder(this.#stateFolder, allocation), own);
    });
    void containers.then((all) => this.#clear(all), noMatter);
    // One that could not be asked to end is killed when its grace is over.
    const resumed = Promise.all(findings).then(noMatter, noMatter);
    await asked.then(() => resumed, noMatter);
  }

  /** Containers whose job is over, or nobody's. */
  #clear(all: readonly FoundContainer[]): void {
    if (all.length > 0) this.#sweepFromNowOn();
    for (const container of all) {
      const job = this.#jobs.get(container.Labels[labels.allocation] ?? "");
      if (job?.hasEnded !== false && !isKept(container)) this.#removals.afterEnd(container.Id);
    }
  }

  /** An engine that was slow may have made a container for an executor that was killed meanwhile. */
  #sweepFromNowOn(): void {
    this.#sweeping ??= setInterval(() => void this.#ownContainers().then((all) => this.#clear(all), noMatter), sweepContainersMs).unref();
  }

  /** Resolves when the job is under way again, or its end known. */
  async #resume(folder: JobFolder, finding: Promise<FoundContainer | undefined>): Promise<void> {
    const { record, result, inputGiven, startSeen = false } = folder.read();
    if (record === undefined) return folder.remove();
    const { allocation, token, startedAt, needsInput, terms = { limits: {} } } = record;
    const job = new ContainerJob(this.#host, { allocation, token, startedAt, terms }, folder);
    this.#jobs.set(allocation, job);
    if (result !== undefined) return job.ended(result);
    // Nobody can tell how much of its input it has got.
    if (needsInput === true && inputGiven !== true) void job.stop({ code: "job-lost", graceMs: 0 });
    const found = finding.then((container) => container && { id: container.Id, wasStarted: container.State !== "created", startSeen });
    return job.resume(found);
  }

  async #ownContainers(): Promise<readonly FoundContainer[]> {
    const filters = JSON.stringify({ label: [`${labels.owner}=${this.#host.owner}`] });
    const query = { all: true, filters };
    const found = await this.#engine.ask({ method: "GET", path: "/containers/json", query, signal: this.#closing.signal });
    return found as unknown as readonly FoundContainer[];
  }

  /** Rejects when the executor is closed before the engine has answered. */
  async #waitForContainers(): Promise<readonly FoundContainer[]> {
    for (;;) {
      await sleep(engineRetryMs, undefined, { signal: this.#closing.signal });
      const found = await this.#ownContainers().catch(() => undefined);
      if (found !== undefined) return found;
    }
  }
}

/** Whoever was closed before it knew leaves the matter to its successor. */
function noMatter(): void {}

interface FoundContainer {
  readonly Id: string;
  readonly State: string;
  readonly Labels: { readonly [name: string]: string };
}

/** One that has run and is to stay need not be asked about again and again. */
function isKept({ State, Labels }: FoundContainer): boolean {
  return State !== "created" && Labels[labels.cleanup] === JSON.stringify({ kind: "never" });
}

function abilitiesOf(info: EngineInfo): ExecutorAbilities {
  const name = info.isPodman ? "Podman" : "Docker";
  const by = (isThere: boolean | undefined): "kernel" | "none" => (isThere === true ? "kernel" : "none");
  return {
    by: `${name} ${info.ServerVersion ?? ""}`.trim(),
    limits: { cpuMillis: by(info.CpuCfsQuota), memoryBytes: by(info.MemoryLimit), pids: by(info.PidsLimit), diskBytes: "none" },
    freeze: "kernel",
    accounting: "sampled",
    notes:
      (info.InitBinary ?? "") === ""
        ? ["The engine has no init program, so the first process of a container must handle SIGTERM itself."]
        : [],
  };
}
