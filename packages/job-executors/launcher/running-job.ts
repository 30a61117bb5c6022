// One job, from its order to its result.
//
//   starting --> running <--> frozen
//      |            |            |
//      |            +-- stop ----+--> stopping: SIGTERM to all of it, after the grace SIGKILL to all of it
//      v            v                    |
//    ended <--------+--------------------+      written down before anybody hears of it
//
// When its first process is gone, whatever else it started is killed. The result says what the executor knows: a
// reason to stop it goes before how the process then ended, and so does a limit that it met: also where the command took
// no notice, and ended with 0.
import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Millis } from "@baton/core";
import type { Containment, ContainmentLimits, ContainmentSystem, ContainmentUsage } from "../containment/containment.ts";
import { processInfo, sendSignal } from "../containment/proc.ts";
import { markName } from "../containment/processes.ts";
import { jobError, type JobFailureCode } from "../errors.ts";
import { fileTooLarge, outOfMemory } from "../limit-messages.ts";
import { defaultGraceMs, defaultMaxPids } from "../limits.ts";
import type { JobEnd, JobResult, JobUsage } from "../port.ts";
import type { JobFolder } from "../state/job-folder.ts";
import { commandLine, nodePath, resolveCommand, type Refusal } from "./command.ts";
import { JobOutput } from "./job-output.ts";
import type { PipePool } from "./pipes.ts";
import type { KnownJob, LaunchSpec } from "./protocol.ts";
import { RunClock } from "./run-clock.ts";
import { metLimit, Watch } from "./watch.ts";

/** What jobs need of the launcher. */
export interface JobHost {
  readonly bootId: string;
  readonly containments: ContainmentSystem;
  readonly pipes: PipePool;
  readonly onGrown: (allocation: string) => void;
  readonly onEnded: (job: RunningJob) => void;
}

const nothingUsed: ContainmentUsage = { cpuMs: 0, memoryPeakBytes: 0 };

/** A job of this launcher. */
export class RunningJob {
  readonly #host: JobHost;
  readonly #spec: LaunchSpec;
  readonly #limits: ContainmentLimits;
  readonly #folder: JobFolder;
  readonly #startedAt = Date.now();
  readonly #started = performance.now();
  readonly #clock: RunClock;
  #containment: Containment | undefined;
  #child: ChildProcess | undefined;
  #watch: Watch | undefined;
  #reason: Refusal | undefined;
  #killTimer: NodeJS.Timeout | undefined;
  #isEnding = false;
  #result: JobResult | undefined;

  constructor(host: JobHost, spec: LaunchSpec, folder: JobFolder) {
    this.#host = host;
    this.#spec = spec;
    this.#limits = { ...spec.limits, pids: spec.limits.pids ?? defaultMaxPids };
    this.#folder = folder;
    this.#clock = new RunClock(spec.timeoutMs, () => this.#stopFor("job-timed-out", `It ran for more than ${spec.timeoutMs} ms.`));
  }

  get known(): KnownJob {
    const { allocation, token, kind } = this.#spec;
    return { allocation, token, kind, ...(this.#result === undefined ? {} : { result: this.#result }) };
  }

  get result(): JobResult | undefined {
    return this.#result;
  }

  /** Starts it; whatever comes in the way is its result. */
  start(): void {
    try {
      const { allocation, token, kind } = this.#spec;
      this.#folder.create({ allocation, token, kind, startedAt: this.#startedAt, bootId: this.#host.bootId });
      for (const [name, text] of Object.entries(this.#spec.files ?? {}))
        writeFileSync(join(this.#folder.work, name), text, { mode: 0o700 });
      const cwd = this.#spec.cwd ?? this.#folder.work;
      const command = resolveCommand(this.#spec, cwd);
      if (!command.ok) return this.#fail(command.error);
      this.#containment = this.#host.containments.create(allocation, this.#limits);
      this.#run(command.value, cwd, this.#containment);
    } catch (error) {
      this.#fail(startRefusal(error));
    }
  }

  /** Asks all of it to end, and kills it when the grace is over. */
  stop(code: JobFailureCode, message: string, graceMs: Millis = this.#spec.graceMs ?? defaultGraceMs): void {
    if (this.#isEnding) return;
    const first = this.#reason === undefined;
    this.#reason ??= { code, message };
    clearTimeout(this.#killTimer);
    if (graceMs <= 0) return this.#kill();
    if (first) this.#signalAll("SIGTERM");
    void this.#containment?.setFrozen(false);
    this.#killTimer = setTimeout(() => this.#kill(), graceMs);
  }

  signal(signal: string): void {
    const pid = this.#child?.pid;
    if (pid === undefined || this.#isEnding) return;
    if (this.#spec.isWatched === true) this.#signalAll(signal);
    else sendSignal(-pid, signal);
  }

  /** A job that is being stopped is not held any more: it must be able to end. */
  async setFrozen(frozen: boolean): Promise<void> {
    if (this.#isEnding || this.#reason !== undefined) return;
    if (frozen) this.#clock.stop();
    await this.#containment?.setFrozen(frozen);
    if (!frozen && !this.#isEnding) this.#clock.start();
  }

  usage(): JobUsage {
    if (this.#result !== undefined) return this.#result.usage;
    const { cpuMs, memoryPeakBytes } = this.#containment?.usage() ?? nothingUsed;
    return { cpuMs, memoryPeakBytes, wallMs: performance.now() - this.#started };
  }

  #run(command: string, cwd: string, containment: Containment): void {
    const { args, limits, stdin, allocation } = this.#spec;
    const { file, args: all } = commandLine(containment.joinFiles, containment.prefix, limits.diskBytes, [command, ...args]);
    const input = this.#openInput(stdin);
    const output = new JobOutput(this.#host.pipes, this.#folder.path, () => this.#host.onGrown(allocation));
    try {
      const child = spawn(file, all, { cwd, env: this.#environment(), detached: true, stdio: [input, ...output.writeEnds] });
      this.#child = child;
      child.on("error", (error) => void this.#end(startRefusal(error), null, null, output));
      child.on("exit", (code, signal) => void this.#end(undefined, code, signal, output));
      if (child.pid === undefined) return;
      this.#folder.write({ identity: { pid: child.pid, startTicks: processInfo(child.pid)?.startTicks ?? 0 } });
      this.#clock.start();
      this.#watch = Watch.over(this.#host.containments, containment, this.#folder.work, this.#limits, ({ code, message }) =>
        this.#stopFor(code, message),
      );
    } finally {
      output.closeWriteEnds();
      if (input !== "ignore") closeSync(input);
    }
  }

  #openInput(stdin: string | undefined): "ignore" | number {
    if (stdin === undefined) return "ignore";
    writeFileSync(this.#folder.stdin, stdin);
    return openSync(this.#folder.stdin, "r");
  }

  #environment(): { readonly [name: string]: string } {
    const { env, allocation, token } = this.#spec;
    const basic = { PATH: nodePath(), HOME: this.#folder.work, TMPDIR: this.#folder.work, LANG: "C.UTF-8" };
    return { ...basic, ...env, [markName]: allocation, BATON_FENCING_TOKEN: String(token) };
  }

  /** A limit was met: there is nothing to wait for where it is not one of time. */
  #stopFor(code: JobFailureCode, message: string): void {
    this.stop(code, message, code === "job-timed-out" ? this.#spec.graceMs : 0);
  }

  /** In its first moment the process is not in its groups yet, so it is always counted among its own. */
  #pids(): ReadonlySet<number> {
    const pid = this.#child?.pid;
    return new Set([...(pid === undefined ? [] : [pid]), ...(this.#containment?.pids() ?? [])]);
  }

  #signalAll(signal: string): void {
    const pids = new Set(this.#pids());
    if (this.#spec.isWatched === true && pids.size > 1) pids.delete(this.#child?.pid ?? 0);
    for (const pid of pids) sendSignal(pid, signal);
  }

  #kill(): void {
    for (const pid of this.#pids()) sendSignal(pid, "SIGKILL");
    void this.#containment?.kill();
  }

  #fail(refusal: Refusal): void {
    void this.#end(refusal, null, null, undefined);
  }

  /** The first process is gone, or never was. */
  async #end(refusal: Refusal | undefined, code: number | null, signal: string | null, output: JobOutput | undefined): Promise<void> {
    if (this.#isEnding) return;
    this.#isEnding = true;
    clearTimeout(this.#killTimer);
    this.#clock.stop();
    this.#watch?.stop();
    await this.#containment?.kill();
    await output?.finish();
    const used = this.#containment?.usage() ?? nothingUsed;
    const reason = this.#reason ?? refusal ?? this.#limitThatWasMet(code, signal);
    await this.#containment?.remove();
    const { cpuMs, memoryPeakBytes } = used;
    const usage = { cpuMs, memoryPeakBytes, wallMs: performance.now() - this.#started };
    const result: JobResult = { end: endOf(reason, code, signal), usage, startedAt: this.#startedAt, endedAt: Date.now() };
    await this.#clearWork();
    this.#folder.keep(result);
    this.#result = result;
    this.#host.onEnded(this);
  }

  #limitThatWasMet(code: number | null, signal: string | null): Refusal | undefined {
    const { diskBytes } = this.#limits;
    if (signal === "SIGXFSZ" && diskBytes !== undefined) return fileTooLarge(diskBytes);
    const met = this.#containment && metLimit(this.#containment, this.#limits);
    return met?.code === "job-out-of-memory" ? outOfMemory(this.#limits, code) : met;
  }

  /** Before the result is written: a disk that the job itself has filled would take none, nor would a server's store on it. */
  async #clearWork(): Promise<void> {
    try {
      await this.#folder.clearWork();
    } catch (error) {
      console.error(`${this.#spec.allocation}: its working folder could not be removed: ${String(error)}`);
    }
  }
}

function endOf(reason: Refusal | undefined, code: number | null, signal: string | null): JobEnd {
  const process = { ...(code === null ? {} : { exitCode: code }), ...(signal === null ? {} : { signal }) };
  if (reason !== undefined) return { kind: "failed", ...reason, ...process };
  return signal === null ? { kind: "exited", exitCode: code ?? 0 } : { kind: "signalled", signal };
}

/** What the system said when it was to start the process. */
function startRefusal(error: unknown): Refusal {
  if (error instanceof Error && "code" in error && error.code === "E2BIG")
    return { code: "job-spec-invalid", message: "The arguments and the environment together are longer than the system takes." };
  return { code: "job-start-failed", message: error instanceof Error ? error.message : String(error) };
}

/** Asked for a job that is not here. */
export function unknownJob(allocation: string): Error {
  return jobError("job-unknown", { message: `No job of allocation ${allocation} is on this node.`, where: allocation });
}
