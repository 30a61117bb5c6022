// Runs commands and scripts as processes of this machine: a group, a folder and an environment of their own. It frees and
// kills whole groups; what a job asked for is not enforced here beyond its time.
import { mkdtemp, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Instant, Json, Millis } from "@baton/core";
import { killGraceMs, shownTailBytes } from "../limits.ts";
import { atOnce } from "../port.ts";
import { runChild, type ChildEnd } from "../process/child.ts";
import { commandFor, type Confinement } from "../process/command.ts";
import { outputTail, type OutputSink } from "../process/output.ts";
import { machineTools, type CommandLine } from "@baton/job-executors";
import { endLeftovers, nodeVariable } from "./leftovers.ts";
import type { JobEnd, JobExecutor, JobFault, JobTask, RunningTask, TaskListener } from "./port.ts";

/** How processes of jobs are run. */
export interface ProcessJobsOptions {
  /** The node that they belong to: its former life's processes are known by it. */
  readonly nodeId: string;
  readonly now: () => Instant;
  readonly tools?: Confinement["tools"];
  readonly sandbox?: Confinement["sandbox"];
  readonly killGraceMs?: Millis;
}

/** The executor of commands and scripts. */
export function createProcessJobs(options: ProcessJobsOptions): JobExecutor {
  const running = new Map<ProcessTask, Promise<void>>();
  const confinement: Confinement = { tools: options.tools ?? machineTools(), sandbox: options.sandbox ?? "auto" };
  return {
    kinds: ["command", "script"],
    start: (task, listener) => {
      const one = new ProcessTask(task, listener, options, confinement);
      const done = one.run().finally(() => running.delete(one));
      running.set(one, done);
      return one;
    },
    clearLeftovers: async () => void endLeftovers(options.nodeId),
    close: async () => {
      for (const task of running.keys()) task.stop("at-once");
      await Promise.allSettled(running.values());
    },
  };
}

class ProcessTask implements RunningTask {
  readonly #task: JobTask;
  readonly #listener: TaskListener;
  readonly #options: ProcessJobsOptions;
  readonly #confinement: Confinement;
  readonly #abort = new AbortController();
  readonly #stderr = outputTail(shownTailBytes);
  #pid: number | undefined;
  #stopped = false;
  #timedOut = false;

  constructor(task: JobTask, listener: TaskListener, options: ProcessJobsOptions, confinement: Confinement) {
    this.#task = task;
    this.#listener = listener;
    this.#options = options;
    this.#confinement = confinement;
  }

  stop(how: "gently" | "at-once"): void {
    this.#stopped = true;
    this.thaw();
    this.#abort.abort(how === "at-once" ? atOnce : undefined);
  }

  freeze(): boolean {
    return this.#signal("SIGSTOP");
  }

  thaw(): void {
    this.#signal("SIGCONT");
  }

  /** Runs it to its end, and reports that. */
  async run(): Promise<void> {
    const { now } = this.#options;
    const startedAt = now();
    let end: JobEnd;
    try {
      end = await this.#inFolder(startedAt);
    } catch (error) {
      const message = `The process could not be given a folder of its own: ${error instanceof Error ? error.message : String(error)}.`;
      end = { status: "failed", fault: { code: "job-start-failed", message }, usage: { wallMs: now() - startedAt } };
    }
    this.#listener.ended(end);
  }

  async #inFolder(startedAt: Instant): Promise<JobEnd> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), "baton-job-")));
    try {
      return await this.#perform(folder, startedAt);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #perform(folder: string, startedAt: Instant): Promise<JobEnd> {
    const { now, killGraceMs: graceMs = killGraceMs } = this.#options;
    const usage = (): { wallMs: Millis } => ({ wallMs: now() - startedAt });
    const line = await this.#commandLine(folder);
    if ("code" in line) return { status: "failed", fault: line, usage: usage() };
    const timer = this.#watchTime();
    const end = await runChild({
      ...line,
      cwd: folder,
      env: this.#environment(folder),
      stdin: inputOf(this.#task.payload),
      stdout: this.#sink("stdout"),
      stderr: this.#sink("stderr"),
      graceMs,
      signal: this.#abort.signal,
      onStart: (pid) => {
        this.#pid = pid;
        this.#listener.started(now());
      },
    });
    clearTimeout(timer);
    this.#pid = undefined;
    if (this.#stopped) return { status: "stopped", usage: usage() };
    const fault = this.#faultOf(end, line);
    return fault === undefined
      ? { status: "completed", result: { exitCode: 0 }, usage: usage() }
      : { status: "failed", fault, usage: usage() };
  }

  async #commandLine(folder: string): Promise<CommandLine | JobFault> {
    const { work } = this.#task;
    if (work.kind === "command") return { command: work.command[0] ?? "", args: work.command.slice(1) };
    if (work.kind === "function") return { code: "job-start-failed", message: "A process cannot run a function." };
    const { language, code, arguments: args } = work;
    const script = { kind: "script", code, language, arguments: args, environment: {}, return: "none" } as const;
    const line = await commandFor(script, folder, this.#confinement);
    return line.ok ? line.value : { code: "job-start-failed", message: line.error.detail ?? line.error.title };
  }

  #environment(folder: string): { readonly [name: string]: string } {
    const { job, token, environment } = this.#task;
    const basic = { PATH: process.env["PATH"] ?? defaultPath, HOME: folder, TMPDIR: folder, LANG: "C.UTF-8" };
    const own = { BATON_JOB: job, BATON_ATTEMPT: String(token), [nodeVariable]: this.#options.nodeId };
    return { ...basic, ...environment, ...own };
  }

  #sink(stream: "stdout" | "stderr"): OutputSink {
    return {
      push: (chunk) => {
        if (stream === "stderr") this.#stderr.push(chunk);
        this.#listener.output(stream, chunk);
      },
      overflowed: false,
      text: () => "",
    };
  }

  #watchTime(): NodeJS.Timeout | undefined {
    const { timeoutMs } = this.#task;
    if (timeoutMs === null) return undefined;
    return setTimeout(() => {
      this.#timedOut = true;
      this.thaw();
      this.#abort.abort();
    }, timeoutMs);
  }

  #faultOf(end: ChildEnd, { command }: CommandLine): JobFault | undefined {
    const { timeoutMs } = this.#task;
    if (this.#timedOut) return { code: "job-timed-out", message: `It ran longer than its ${timeoutMs} ms and was stopped.` };
    if (end.kind === "failed") return notStarted(command, end.code, end.message);
    if (end.kind === "killed") return { code: "job-killed", message: `It was ended by ${end.signal}.${this.#lastWords()}` };
    if (end.code === 0) return undefined;
    return { code: "job-exit", message: `It ended with exit code ${end.code}.${this.#lastWords()}`, exitCode: end.code };
  }

  #lastWords(): string {
    const text = this.#stderr.text().trim();
    return text === "" ? "" : ` The end of stderr: ${text}`;
  }

  #signal(signal: NodeJS.Signals): boolean {
    if (this.#pid === undefined) return false;
    try {
      return process.kill(-this.#pid, signal);
    } catch {
      return false;
    }
  }
}

const defaultPath = "/usr/local/bin:/usr/bin:/bin";

function inputOf(payload: Json): string | undefined {
  if (payload === null) return undefined;
  return typeof payload === "string" ? payload : JSON.stringify(payload);
}

function notStarted(command: string, code: string, message: string): JobFault {
  if (code === "ENOENT") return { code: "command-not-found", message: `There is no program ${command} on the path of the node.` };
  if (code === "EACCES")
    return { code: "command-not-permitted", message: `The node may not run ${command}: it is no program, or not for this user.` };
  return { code: "job-start-failed", message: `${command} could not be started: ${message}.` };
}
