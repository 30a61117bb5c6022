// The launcher's state: its jobs, those that it found when it started, and who listens.
//
// A job without a result whose launcher is gone cannot be watched any more: nobody would ever learn its exit code. So
// a launcher that starts kills what is left of such jobs, and its result is that it was lost.
import type { Containment, ContainmentUsage } from "../containment/containment.ts";
import { detectContainment, type ContainmentChoice } from "../containment/detect.ts";
import { bootId, isAlive } from "../containment/proc.ts";
import { jobError, takenAllocation } from "../errors.ts";
import type { ExecutorAbilities, JobResult, JobUsage, StopCode } from "../port.ts";
import { allocationsIn, JobFolder, type JobRecord, type ProcessIdentity } from "../state/job-folder.ts";
import { stopMessages } from "../stop-messages.ts";
import { killUntilGone } from "../containment/kill.ts";
import { PipePool } from "./pipes.ts";
import type { KnownJob, LaunchSpec, News } from "./protocol.ts";
import { RunningJob, unknownJob, type JobHost } from "./running-job.ts";

/** How a launcher behaves. */
export interface LauncherOptions {
  readonly containment: ContainmentChoice;
  /** Processes of the node besides the launcher, which must not be in the way of control groups. */
  readonly ownPids: readonly number[];
}

/** A job, running or found. */
interface Entry {
  readonly known: KnownJob;
  readonly running?: RunningJob;
}

/** Everything that runs below one state folder. */
export class Launcher {
  readonly #stateFolder: string;
  readonly #host: JobHost;
  readonly #tell: (news: News) => void;
  readonly #jobs = new Map<string, Entry>();

  constructor(stateFolder: string, { containment, ownPids }: LauncherOptions, tell: (news: News) => void) {
    this.#stateFolder = stateFolder;
    this.#tell = tell;
    this.#host = {
      bootId: bootId(),
      containments: detectContainment(containment, [process.pid, ...ownPids]),
      pipes: new PipePool(`${stateFolder}/pipes`),
      onGrown: (allocation) => tell({ news: "grown", allocation }),
      onEnded: (job) => this.#onEnded(job),
    };
    for (const allocation of allocationsIn(stateFolder)) this.#find(allocation);
  }

  get abilities(): ExecutorAbilities {
    return this.#host.containments.abilities;
  }

  /** Whether something still runs. */
  get isBusy(): boolean {
    return [...this.#jobs.values()].some((entry) => resultOf(entry) === undefined);
  }

  list(): readonly KnownJob[] {
    return [...this.#jobs.values()].map(knownOf);
  }

  /** Starts a job, or gives the one that is there. */
  start(spec: LaunchSpec): KnownJob {
    const there = this.#jobs.get(spec.allocation);
    if (there !== undefined) {
      if (there.known.token === spec.token) return knownOf(there);
      throw takenAllocation(there.known, spec.token);
    }
    const running = new RunningJob(this.#host, spec, new JobFolder(this.#stateFolder, spec.allocation));
    this.#jobs.set(spec.allocation, { known: running.known, running });
    running.start();
    return running.known;
  }

  stop(allocation: string, code: StopCode, graceMs: number | undefined): null {
    this.#job(allocation).running?.stop(code, stopMessages[code], graceMs);
    return null;
  }

  stopAll(code: StopCode): void {
    for (const { running } of this.#jobs.values()) running?.stop(code, stopMessages[code]);
  }

  signal(allocation: string, signal: string): null {
    this.#job(allocation).running?.signal(signal);
    return null;
  }

  async setFrozen(allocation: string, frozen: boolean): Promise<null> {
    await this.#job(allocation).running?.setFrozen(frozen);
    return null;
  }

  usage(allocation: string): JobUsage {
    const { known, running } = this.#job(allocation);
    return running?.usage() ?? known.result?.usage ?? nothingUsed;
  }

  /** Forgets a job that has ended. */
  release(allocation: string): null {
    const entry = this.#job(allocation);
    if (resultOf(entry) === undefined) throw jobError("job-running", { where: allocation });
    new JobFolder(this.#stateFolder, allocation).remove();
    this.#jobs.delete(allocation);
    return null;
  }

  close(): void {
    this.#host.containments.close();
  }

  #job(allocation: string): Entry {
    const entry = this.#jobs.get(allocation);
    if (entry === undefined) throw unknownJob(allocation);
    return entry;
  }

  #onEnded(job: RunningJob): void {
    const { known } = job;
    if (known.result !== undefined) this.#tell({ news: "ended", allocation: known.allocation, result: known.result });
  }

  /** A folder from before this launcher. */
  #find(allocation: string): void {
    const folder = new JobFolder(this.#stateFolder, allocation);
    const { record, result, identity } = folder.read();
    // The order was not even written down, so nobody was told that it was accepted.
    if (record === undefined) return folder.remove();
    const { token, kind } = record;
    this.#jobs.set(allocation, { known: { allocation, token, kind, ...(result === undefined ? {} : { result }) } });
    if (result === undefined) void this.#finishLost(folder, record, identity);
  }

  async #finishLost(folder: JobFolder, record: JobRecord, identity: ProcessIdentity | undefined): Promise<void> {
    const { allocation, token, kind, startedAt } = record;
    const isCopy = folder.isCopy(record);
    const used = isCopy ? nothingUsed : await this.#clearRemains(record, identity);
    await folder.clearWork().catch(() => undefined);
    const endedAt = Date.now();
    const usage = { cpuMs: used.cpuMs, memoryPeakBytes: used.memoryPeakBytes, wallMs: endedAt - startedAt };
    const message = isCopy ? messageOfCopy : messageOfLost;
    const result: JobResult = { end: { kind: "failed", code: "job-lost", message }, usage, startedAt, endedAt };
    folder.keep(result);
    this.#jobs.set(allocation, { known: { allocation, token, kind, result } });
    this.#tell({ news: "ended", allocation, result });
  }

  async #clearRemains({ allocation, bootId: since }: JobRecord, identity: ProcessIdentity | undefined): Promise<ContainmentUsage> {
    const containment = this.#host.containments.find(allocation);
    if (since === this.#host.bootId) await killRemains(containment, identity);
    const usage = containment.usage();
    await containment.remove();
    return usage;
  }
}

/** What the containment finds, and the process that was written down, should it have been in none. */
async function killRemains(containment: Containment, identity: ProcessIdentity | undefined): Promise<void> {
  await containment.kill();
  if (identity !== undefined) await killUntilGone(() => (isAlive(identity) ? [identity.pid] : []));
}

const nothingUsed: JobUsage = { cpuMs: 0, memoryPeakBytes: 0, wallMs: 0 };

const messageOfLost = "What watched it stopped, so how it ended is unknown; what was left of it was killed.";

const messageOfCopy = "The folder of the job is a copy, so the job is another node's, and how it ended is unknown here.";

function resultOf({ known, running }: Entry): JobResult | undefined {
  return running === undefined ? known.result : running.result;
}

function knownOf({ known, running }: Entry): KnownJob {
  return running?.known ?? known;
}
