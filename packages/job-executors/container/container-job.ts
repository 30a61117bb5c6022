// One job in a container, from its order to its result. The engine runs it and remembers how it ended; this follows it.
//
//   recorded --> image --> created --> started --> ended --> result recorded --> container removed
//
// Whoever follows may be killed at any point. The record says that there is a job, the engine has the container by its labels:
// a successor goes on following. A job whose container never came about, or is gone, was lost.
import type { Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { assert, type Instant, type Millis } from "@baton/core";
import { jobError, type JobFailureCode } from "../errors.ts";
import type { Refusal } from "../launcher/command.ts";
import { RunClock } from "../launcher/run-clock.ts";
import { defaultGraceMs, defaultMaxPids, engineLogMs, engineRetryMs, engineWaitMs } from "../limits.ts";
import type { ContainerProgram, JobEnd, JobHandle, JobResult, JobSpec, JobUsage, OutputPiece, OutputPosition, StopCode } from "../port.ts";
import { isSignal } from "../spec.ts";
import { stopMessages } from "../stop-messages.ts";
import type { JobFolder, JobTerms } from "../state/job-folder.ts";
import { followOutput, OutputSignal, readPiece } from "../state/output-reader.ts";
import { containerConfig, containerName } from "./config.ts";
import { ContainerOutput } from "./container-output.ts";
import { endOfContainer, type ContainerState } from "./end.ts";
import { EngineRefusal, type EngineClient } from "./engine-client.ts";
import { ensureImage, ImageMissing } from "./image.ts";
import { ContainerMeter } from "./meter.ts";
import { checkVolumes, initFailure, startFailure } from "./start-failure.ts";

/** What jobs need of their executor. */
export interface ContainerHost {
  readonly engine: EngineClient;
  /** Tells this node's containers from those of others. */
  readonly owner: string;
  readonly hasInit: () => Promise<boolean>;
  /** Whether the engine makes an empty folder of every volume that is not there. */
  readonly makesVolumes: () => Promise<boolean>;
  /** Whether those who are attached to a container hear all that it writes. */
  readonly hasWholeStreams: () => Promise<boolean>;
  readonly onEnded: (container: string) => void;
  readonly onReleased: (job: ContainerJob) => void;
}

/** Who the job is. */
export interface ContainerIdentity {
  readonly allocation: string;
  readonly token: number;
  readonly startedAt: Instant;
  readonly terms: JobTerms;
}

/** What a predecessor has left of a job. */
export interface ResumedContainer {
  readonly id: string;
  readonly wasStarted: boolean;
  /** Whether the predecessor heard that it was started; an engine ends what nobody waits for any more. */
  readonly startSeen: boolean;
}

const startLost: Refusal = { code: "job-lost", message: "Its node was killed while the container was being started." };

/** A container's connection ends a moment before the container has ended, as far as the engine knows. */
const endLooks = 5;
const endLookMs: Millis = 200;

const nothingUsed = { cpuMs: 0, memoryPeakBytes: 0 };
const lost: Refusal = { code: "job-lost", message: "Its container is gone, so how it ended is unknown." };

/** A job in a container. */
export class ContainerJob implements JobHandle {
  readonly allocation: string;
  readonly token: number;
  readonly result: Promise<JobResult>;
  readonly #host: ContainerHost;
  readonly #folder: JobFolder;
  readonly #startedAt: Instant;
  readonly #terms: JobTerms;
  readonly #signal = new OutputSignal();
  readonly #settle: (result: JobResult) => void;
  readonly #clock: RunClock;
  /** Ends requests that go on: pulling an image, following a container. */
  readonly #pull = new AbortController();
  readonly #following = new AbortController();
  readonly #output: ContainerOutput;
  #container: string | undefined;
  #isStarted = false;
  #startSeen = false;
  /** While the engine is about to start it: it may write already, and whatever is asked of it then waits. */
  #starting: Promise<unknown> = Promise.resolve();
  #reason: Refusal | undefined;
  /** What it was given to end in. */
  #graceMs: Millis = 0;
  #killTimer: NodeJS.Timeout | undefined;
  #meter: ContainerMeter | undefined;
  #ended: JobResult | undefined;

  constructor(host: ContainerHost, { allocation, token, startedAt, terms }: ContainerIdentity, folder: JobFolder) {
    const { promise, resolve } = Promise.withResolvers<JobResult>();
    this.allocation = allocation;
    this.token = token;
    this.result = promise;
    this.#host = host;
    this.#folder = folder;
    this.#startedAt = startedAt;
    this.#terms = terms;
    this.#settle = resolve;
    this.#output = new ContainerOutput(folder.path, () => this.#signal.grown());
    this.#clock = new RunClock(terms.timeoutMs, () => this.#stopFor("job-timed-out", `It ran for more than ${terms.timeoutMs} ms.`));
  }

  /** Runs a job that was just recorded. */
  run(spec: JobSpec): void {
    void this.#run(spec);
  }

  /** Goes on with a job of a predecessor's, once the engine has said whether it has a container of it. */
  async resume(finding: Promise<ResumedContainer | undefined>): Promise<void> {
    let found: ResumedContainer | undefined;
    try {
      found = await finding;
    } catch {
      // Whoever looked has let go, and leaves it to a successor.
      return;
    }
    this.#container = found?.id;
    this.#isStarted = found?.wasStarted ?? false;
    this.#startSeen = found?.startSeen ?? false;
    if (found?.wasStarted !== true) return this.#finish({ kind: "failed", ...(this.#reason ?? lost) });
    void this.#follow(found.id);
    // It may have been stopped while the engine was waited for.
    if (this.#reason !== undefined) await this.#askToEnd(this.#graceMs, true);
  }

  /** A job that has ended before. */
  ended(result: JobResult): void {
    this.#ended = result;
    this.#settle(result);
    this.#signal.end();
  }

  output(from: OutputPosition = { stdout: 0, stderr: 0 }): AsyncIterable<OutputPiece> {
    return followOutput(this.#folder.path, this.#signal, from);
  }

  async signal(signal: string): Promise<void> {
    if (!isSignal(signal)) throw jobError("job-spec-invalid", { message: `This machine has no signal ${JSON.stringify(signal)}.` });
    await this.#send(signal);
  }

  stop({ code = "job-cancelled", graceMs }: { readonly code?: StopCode; readonly graceMs?: Millis } = {}): Promise<void> {
    return this.#stop({ code, message: stopMessages[code] }, graceMs ?? this.#terms.graceMs ?? defaultGraceMs);
  }

  async freeze(): Promise<void> {
    await this.#starting;
    if (!this.#isRunning || this.#reason !== undefined) return;
    this.#clock.stop();
    await this.#tell("pause");
  }

  async thaw(): Promise<void> {
    await this.#starting;
    if (!this.#isRunning) return;
    await this.#tell("unpause");
    this.#clock.start();
  }

  async usage(): Promise<JobUsage> {
    if (this.#ended !== undefined) return this.#ended.usage;
    await this.#meter?.look();
    return this.#usage(Date.now());
  }

  release(): Promise<void> {
    if (this.#ended === undefined) return Promise.reject(jobError("job-running", { where: this.allocation }));
    this.#folder.remove();
    this.#host.onReleased(this);
    return Promise.resolve();
  }

  /** Whether its result is known. */
  get hasEnded(): boolean {
    return this.#ended !== undefined;
  }

  /** Resolves when it is not just being started. */
  async settled(): Promise<void> {
    await this.#starting;
  }

  /** Stops following; the container runs on. */
  letGo(): void {
    this.#pull.abort();
    this.#following.abort();
    this.#clock.stop();
    clearTimeout(this.#killTimer);
    this.#meter?.stop();
  }

  get #isRunning(): boolean {
    return this.#isStarted && this.#ended === undefined;
  }

  async #run(spec: JobSpec): Promise<void> {
    const { program } = spec;
    assert(program.kind === "container", `Expected a container, but got a ${program.kind}.`);
    let attached: { readonly ended: Promise<void> } | undefined;
    try {
      await ensureImage(this.#host.engine, program, this.#pull.signal);
      if (this.#isStopped()) return;
      this.#container = await this.#create(spec, program);
      attached = await this.#attach(this.#container);
      if (this.#isStopped()) return;
      const start = this.#start(this.#container, spec.stdin);
      this.#starting = start.catch(() => {});
      await start;
    } catch (error) {
      if (this.#following.signal.aborted) return;
      return this.#finish({ kind: "failed", ...(this.#reason ?? startFailure(error, { program, limits: spec.limits })) });
    }
    await this.#follow(this.#container, attached?.ended);
  }

  /** Whether it was stopped before it was started: then it has ended. */
  #isStopped(): boolean {
    if (this.#reason !== undefined) this.#finish({ kind: "failed", ...this.#reason });
    return this.#reason !== undefined;
  }

  /** Undefined where its output is to be read from the log. */
  async #attach(container: string): Promise<{ readonly ended: Promise<void> } | undefined> {
    const { engine, hasWholeStreams } = this.#host;
    return (await hasWholeStreams()) ? this.#output.attach(engine, container, this.#following.signal) : undefined;
  }

  async #create(spec: JobSpec, program: ContainerProgram): Promise<string> {
    const { engine, owner, hasInit, makesVolumes } = this.#host;
    if (await makesVolumes()) checkVolumes(program);
    try {
      const body = containerConfig(spec, program, owner, await hasInit());
      const created = await engine.ask({ method: "POST", path: "/containers/create", query: { name: containerName(spec, program) }, body });
      return (created as { readonly Id: string }).Id;
    } catch (error) {
      if (error instanceof EngineRefusal && error.status === 404) throw new ImageMissing(error.message);
      throw error;
    }
  }

  async #start(container: string, stdin: string | undefined): Promise<void> {
    await this.#host.engine.ask({ method: "POST", path: `/containers/${container}/start` });
    this.#isStarted = true;
    this.#startSeen = true;
    this.#note({ startSeen: true });
    if (stdin !== undefined) void this.#feed(container, stdin);
  }

  /** What is not written down, a successor takes for not given. */
  #note(what: { readonly inputGiven: true } | { readonly startSeen: true }): void {
    try {
      this.#folder.write(what);
    } catch (error) {
      console.error(`${this.allocation}: how far it is could not be written down: ${String(error)}`);
    }
  }

  /**
   * Gives a container its input. It waits for that from its first read on; Podman now and then loses the input of those who
   * attach before the start.
   */
  async #feed(container: string, text: string): Promise<void> {
    const call = { method: "POST" as const, path: `/containers/${container}/attach`, query: { stream: 1, stdin: 1 } };
    while (this.#isRunning && !this.#following.signal.aborted)
      try {
        return feed(await this.#host.engine.hijack(call), text, () => this.#note({ inputGiven: true }));
      } catch (error) {
        // One that has ended already needs no input.
        if (error instanceof EngineRefusal) return;
        await sleep(engineRetryMs);
      }
  }

  /** Until it has ended, through whatever happens to the connection. */
  async #follow(container: string, attached?: Promise<void>): Promise<void> {
    const { signal } = this.#following;
    this.#clock.start();
    const limits = { ...this.#terms.limits, pids: this.#terms.limits.pids ?? defaultMaxPids };
    this.#meter = new ContainerMeter(this.#host.engine, container, limits, ({ code, message }) => this.#stopFor(code, message));
    void this.#meter.start();
    const listening = new AbortController();
    const isOver = AbortSignal.any([signal, listening.signal]);
    const output = this.#listen(container, attached, isOver).catch(() => false);
    while (!signal.aborted) {
      const state = await this.#waitFor(container).catch((error: unknown) => (isGone(error) ? "gone" : undefined));
      if (signal.aborted) return;
      if (state === "gone") return this.#finish({ kind: "failed", ...lost });
      if (state !== undefined) {
        const isWhole = await this.#restOf(output, listening);
        if (!isWhole) await this.#output.finish(this.#host.engine, container, signal).catch(() => {});
        // Whoever let it go meanwhile leaves the end to a successor.
        if (signal.aborted) return;
        const reason = this.#reason ?? this.#lostStart(state) ?? initFailure(state.ExitCode, this.#firstWords());
        return this.#finish(endOfContainer(state, reason, this.#terms.limits));
      }
      await sleep(engineRetryMs);
    }
  }

  /** Podman now and then goes on following a log that has come to its end; whoever has much to read gets the time that it takes. */
  async #restOf(output: Promise<boolean>, listening: AbortController): Promise<boolean> {
    const endedAt = performance.now();
    const look = setInterval(() => {
      if (Math.min(this.#output.silenceMs, performance.now() - endedAt) > engineLogMs) listening.abort();
    }, engineRetryMs);
    return output.finally(() => clearInterval(look));
  }

  /** All that it writes; true where nothing of it can be missing. */
  async #listen(container: string, attached: Promise<void> | undefined, signal: AbortSignal): Promise<boolean> {
    const gone = Promise.withResolvers<void>();
    signal.addEventListener("abort", () => gone.resolve());
    await Promise.race([attached, gone.promise]);
    if (attached !== undefined && (await this.#endsNow(container))) return true;
    await this.#output.follow(this.#host.engine, container, signal);
    return false;
  }

  /** Whether the connection to it came to its end because the container has. */
  async #endsNow(container: string): Promise<boolean> {
    for (let look = 0; look < endLooks; look++) {
      const state = await this.#inspect(container).catch(() => undefined);
      if (state?.Running !== true) return state !== undefined;
      await sleep(endLookMs);
    }
    return false;
  }

  #firstWords(): string {
    const piece = readPiece(this.#folder.path, "stderr", 0);
    return piece?.kind === "data" ? piece.data.toString() : "";
  }

  /** One that came to no good end may have been ended by its engine when whoever asked for its start was killed. */
  #lostStart({ ExitCode }: ContainerState): Refusal | undefined {
    return this.#startSeen || ExitCode === 0 ? undefined : startLost;
  }

  async #waitFor(container: string): Promise<ContainerState | undefined> {
    const { engine } = this.#host;
    // Nor does every engine always notice that a container has ended.
    const patience = AbortSignal.timeout(engineWaitMs);
    const signal = AbortSignal.any([this.#following.signal, patience]);
    await engine.ask({ method: "POST", path: `/containers/${container}/wait`, signal }).catch((error: unknown) => {
      if (!patience.aborted) throw error;
    });
    const state = await this.#inspect(container);
    return state.Running ? undefined : state;
  }

  async #inspect(container: string): Promise<ContainerState> {
    const found = await this.#host.engine.ask({ method: "GET", path: `/containers/${container}/json` });
    return (found as unknown as { readonly State: ContainerState }).State;
  }

  async #stop(reason: Refusal, graceMs: Millis): Promise<void> {
    if (this.#ended !== undefined) return;
    const isFirst = this.#reason === undefined;
    this.#reason ??= reason;
    this.#graceMs = graceMs;
    this.#pull.abort();
    await this.#askToEnd(graceMs, isFirst);
  }

  async #askToEnd(graceMs: Millis, isFirst: boolean): Promise<void> {
    clearTimeout(this.#killTimer);
    await this.#starting;
    if (!this.#isRunning) return;
    if (graceMs <= 0) return this.#kill();
    this.#killTimer = setTimeout(() => void this.#kill(), graceMs);
    if (isFirst) await this.#send("SIGTERM");
    await this.#tell("unpause");
  }

  #stopFor(code: JobFailureCode, message: string): void {
    // Where the engine does not answer now, the kill at the end of the grace goes on asking.
    const graceMs = code === "job-timed-out" ? (this.#terms.graceMs ?? defaultGraceMs) : 0;
    this.#stop({ code, message }, graceMs).catch(() => {});
  }

  /** Until the engine has heard of it. */
  async #kill(): Promise<void> {
    const { signal } = this.#following;
    while (this.#isRunning && !signal.aborted && !(await this.#send("SIGKILL").then(yes, no))) await sleep(engineRetryMs);
  }

  async #send(signal: string): Promise<void> {
    await this.#tell("kill", { signal });
  }

  /** What comes too late, or twice, does no harm. */
  async #tell(verb: "kill" | "pause" | "unpause", query: { readonly signal?: string } = {}): Promise<void> {
    await this.#starting;
    if (!this.#isRunning) return;
    try {
      await this.#host.engine.ask({ method: "POST", path: `/containers/${this.#container}/${verb}`, query });
    } catch (error) {
      if (!(error instanceof EngineRefusal)) throw jobError("engine-unreachable", { cause: error });
    }
  }

  #usage(now: Instant): JobUsage {
    return { ...(this.#meter?.used ?? nothingUsed), wallMs: now - this.#startedAt };
  }

  #finish(end: JobEnd): void {
    if (this.#ended !== undefined) return;
    this.letGo();
    const endedAt = Date.now();
    const result: JobResult = { end, usage: this.#usage(endedAt), startedAt: this.#startedAt, endedAt };
    this.#folder.keep(result);
    this.ended(result);
    if (this.#container !== undefined) this.#host.onEnded(this.#container);
  }
}

function yes(): true {
  return true;
}

function no(): false {
  return false;
}

function isGone(error: unknown): boolean {
  return error instanceof EngineRefusal && error.status === 404;
}

/** A container need not read its input to the end. */
function feed(input: Socket, text: string, given: () => void): void {
  input.on("error", () => {});
  input.resume();
  input.end(text, given);
}
