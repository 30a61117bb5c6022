// The handles of a node's jobs, brought up to date by what its launcher tells.
import { BatonError, type Millis } from "@baton/core";
import { jobError } from "../errors.ts";
import type { KnownJob, News } from "../launcher/protocol.ts";
import type { JobHandle, JobResult, JobUsage, OutputPiece, OutputPosition, StopCode } from "../port.ts";
import { isSignal } from "../spec.ts";
import { JobFolder } from "../state/job-folder.ts";
import { followOutput, OutputSignal } from "../state/output-reader.ts";
import type { LauncherClient } from "./launcher-client.ts";

/** A job that this node's launcher runs or ran. */
class LaunchedJob implements JobHandle {
  readonly allocation: string;
  readonly token: number;
  readonly kind: KnownJob["kind"];
  readonly result: Promise<JobResult>;
  readonly output: (from?: OutputPosition) => AsyncIterable<OutputPiece>;
  readonly #client: LauncherClient;
  readonly #signal = new OutputSignal();
  readonly #settle: (result: JobResult) => void;
  readonly #onReleased: () => void;

  constructor(client: LauncherClient, stateFolder: string, { allocation, token, kind }: KnownJob, onReleased: () => void) {
    this.#client = client;
    this.#onReleased = onReleased;
    this.allocation = allocation;
    this.token = token;
    this.kind = kind;
    const { promise, resolve } = Promise.withResolvers<JobResult>();
    this.result = promise;
    this.#settle = resolve;
    const folder = new JobFolder(stateFolder, allocation).path;
    this.output = (from = { stdout: 0, stderr: 0 }) => followOutput(folder, this.#signal, from);
  }

  grown(): void {
    this.#signal.grown();
  }

  ended(result: JobResult): void {
    this.#settle(result);
    this.#signal.end();
  }

  async signal(signal: string): Promise<void> {
    if (!isSignal(signal)) throw jobError("job-spec-invalid", { message: `This machine has no signal ${JSON.stringify(signal)}.` });
    await this.#client.ask("signal", { allocation: this.allocation, signal });
  }

  async stop(options: { readonly code?: StopCode; readonly graceMs?: Millis } = {}): Promise<void> {
    await this.#client.ask("stop", { allocation: this.allocation, code: "job-cancelled", ...options });
  }

  async freeze(): Promise<void> {
    await this.#client.ask("freeze", { allocation: this.allocation, frozen: true });
  }

  async thaw(): Promise<void> {
    await this.#client.ask("freeze", { allocation: this.allocation, frozen: false });
  }

  usage(): Promise<JobUsage> {
    return this.#client.ask("usage", { allocation: this.allocation });
  }

  /** One that is not there any more is released: the request may have been sent twice. */
  async release(): Promise<void> {
    try {
      await this.#client.ask("release", { allocation: this.allocation });
    } catch (error) {
      if (!(error instanceof BatonError && error.code === "job-unknown")) throw error;
    }
    this.#onReleased();
  }
}

/** All handles of one launcher, by allocation. */
export class JobHandles {
  readonly #stateFolder: string;
  readonly #jobs = new Map<string, LaunchedJob>();

  constructor(stateFolder: string) {
    this.#stateFolder = stateFolder;
  }

  /** The one handle of a job, as up to date as what is known of it. */
  of(client: LauncherClient, known: KnownJob): LaunchedJob {
    const { allocation } = known;
    const job = this.#jobs.get(allocation) ?? new LaunchedJob(client, this.#stateFolder, known, () => void this.#jobs.delete(allocation));
    this.#jobs.set(allocation, job);
    if (known.result !== undefined) job.ended(known.result);
    return job;
  }

  onNews(news: News): void {
    const job = this.#jobs.get(news.allocation);
    if (news.news === "grown") job?.grown();
    else job?.ended(news.result);
  }
}
