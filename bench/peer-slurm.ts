// Real processes on Slurm, where it is installed, next to the same commands as jobs of Baton. The Slurm is one of its own: in a
// folder that is gone afterwards, on free ports, with its own Munge, and set up as its guide for high throughput computing says:
// nothing recorded, nothing accounted, first in, first out. All commands of a round are one array, its way to submit in bulk.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { findProgram } from "../packages/job-executors/find-program.ts";
import { freePort } from "../packages/job-executors/testing/free-port.ts";
import { commandRounds, commandsPerRound, commandsPerSecond } from "./jobs/commands.ts";
import { startServer } from "./jobs/processes.ts";
import { bestRate } from "./measure.ts";

const searched = [process.env["PATH"] ?? "", "/usr/sbin", "/usr/local/sbin"].join(delimiter);
const needed = ["munged", "slurmctld", "slurmd", "sbatch", "squeue", "sinfo", "scancel"];
/** Its controller fills free places once a second, so that with eight it would do eight a second; more than these gain it nothing. */
const places = 64;
const startPatienceMs = 60_000;
const roundPatienceMs = 300_000;
const endPatienceMs = 10_000;
/** Looking takes processor time that Slurm needs. */
const pollMs = 200;
/** What a job that has not ended is in. */
const underWay = new Set(["PENDING", "CONFIGURING", "RUNNING", "COMPLETING"]);

/** Prints figures and their ratio; one line where Slurm is missing or does not start. */
export async function benchPeerSlurm(): Promise<void> {
  const missing = needed.filter((name) => programOf(name) === undefined);
  if (missing.length > 0)
    return console.log(`queues: Slurm is left out: there is no ${missing.join(", ")} (Debian's packages slurm-wlm and munge have them)`);
  const ours = await measureOurs();
  console.log(`queues: Baton: ${ours.toFixed(0)} real processes (true)/s, ${commandsPerRound} submitted at once, 8 at a time`);
  const slurm = new Slurm();
  try {
    await slurm.start();
    const theirs = await bestRate(commandRounds, commandsPerRound, () => slurm.runCommands());
    console.log(`queues: Slurm ${slurm.version()}: ${theirs.toFixed(0)} real processes (true)/s, as one array, ${places} at a time`);
    console.log(`queues: Baton is ${(ours / theirs).toFixed(1)} times as fast as Slurm`);
  } catch (error) {
    console.log(`queues: Slurm is left out: ${error instanceof Error ? error.message : String(error)}`);
  } finally {
    await slurm.end();
  }
}

async function measureOurs(): Promise<number> {
  const server = await startServer();
  try {
    return await commandsPerSecond(server.url);
  } finally {
    await server.stop();
  }
}

class Slurm {
  readonly #folder = mkdtempSync(join(realpathSync(tmpdir()), "baton-bench-slurm-"));
  readonly #env = { PATH: searched, SLURM_CONF: join(this.#folder, "slurm.conf") };
  readonly #daemons: ChildProcess[] = [];

  /** Resolves when it takes jobs. */
  async start(): Promise<void> {
    // Munge wants a way to its socket for everyone.
    chmodSync(this.#folder, 0o755);
    const socket = join(this.#folder, "munge.socket");
    this.#startMunge(socket);
    await this.#until("munged", () => existsSync(socket));
    for (const name of ["state", "spool"]) mkdirSync(join(this.#folder, name));
    writeFileSync(this.#env.SLURM_CONF, configuration(this.#folder, socket, await freePort(), await freePort()));
    this.#daemon("slurmctld", ["-D"]);
    await this.#until("slurmctld", () => this.#nodeState() !== undefined);
    this.#daemon("slurmd", ["-D", "-N", "bench"]);
    await this.#until("slurmd", () => this.#nodeState() === "idle");
  }

  version(): string {
    return this.#ask("sbatch", ["--version"]).split(" ").at(-1) ?? "";
  }

  /** Submits a round and waits until all have completed. */
  async runCommands(): Promise<void> {
    const options = ["--parsable", "--output=/dev/null", `--chdir=${this.#folder}`, `--array=0-${commandsPerRound - 1}`];
    const array = this.#ask("sbatch", [...options, "--wrap=true"]);
    const until = performance.now() + roundPatienceMs;
    while (!this.#haveCompleted(array)) {
      if (performance.now() > until) throw new Error("its jobs do not end");
      await delay(pollMs);
    }
  }

  /** Ends all that it has started, and removes its folder. */
  async end(): Promise<void> {
    await this.#cancelJobs().catch(() => undefined);
    for (const daemon of this.#daemons.toReversed()) await endProcess(daemon);
    for (const pid of processesIn(this.#folder)) process.kill(pid, "SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #startMunge(socket: string): void {
    const at = (name: string): string => join(this.#folder, name);
    writeFileSync(at("munge.key"), randomBytes(128), { mode: 0o600 });
    const files = [`--key-file=${at("munge.key")}`, `--pid-file=${at("munged.pid")}`, `--seed-file=${at("munged.seed")}`];
    this.#daemon("munged", ["--foreground", "--num-threads=10", `--socket=${socket}`, `--log-file=${at("munged.log")}`, ...files]);
  }

  #daemon(name: string, args: readonly string[]): void {
    const said = openSync(join(this.#folder, `${name}.out`), "a");
    this.#daemons.push(spawn(programOf(name) ?? name, args, { cwd: this.#folder, env: this.#env, stdio: ["ignore", said, said] }));
  }

  async #until(name: string, holds: () => boolean): Promise<void> {
    const until = performance.now() + startPatienceMs;
    while (!holds()) {
      if (this.#daemons.some(hasEnded) || performance.now() > until) throw new Error(`${name} does not start: ${this.#lastWords(name)}`);
      await delay(pollMs);
    }
  }

  #lastWords(name: string): string {
    return (
      readFileSync(join(this.#folder, `${name}.out`), "utf8")
        .trimEnd()
        .split("\n")
        .at(-1) ?? ""
    );
  }

  /** Undefined while the controller does not answer. */
  #nodeState(): string | undefined {
    try {
      return this.#ask("sinfo", ["--noheader", "--format=%T"]);
    } catch {
      return undefined;
    }
  }

  #haveCompleted(array: string): boolean {
    const states = this.#statesOf(["--array", `--jobs=${array}`]);
    const other = states.find((state) => state !== "COMPLETED" && !underWay.has(state));
    if (other !== undefined) throw new Error(`a job of it is ${other}`);
    return states.length === commandsPerRound && states.every((state) => state === "COMPLETED");
  }

  #statesOf(selection: readonly string[]): readonly string[] {
    return this.#ask("squeue", ["--noheader", "--states=all", "--format=%T", ...selection]).split("\n");
  }

  /** What it does not reach is killed later. */
  async #cancelJobs(): Promise<void> {
    if (this.#daemons.length === 0 || this.#daemons.some(hasEnded)) return;
    this.#ask("scancel", [`--user=${userInfo().username}`]);
    const until = performance.now() + endPatienceMs;
    while (this.#statesOf([]).some((state) => underWay.has(state)) && performance.now() < until) await delay(pollMs);
  }

  #ask(program: string, args: readonly string[]): string {
    return execFileSync(programOf(program) ?? program, args, {
      env: this.#env,
      timeout: startPatienceMs,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
  }
}

/** Records of ended jobs are kept for the rounds, as they say how each has ended. */
function configuration(folder: string, socket: string, controllerPort: number, nodePort: number): string {
  const user = userInfo().username;
  return `ClusterName=bench
SlurmctldHost=${hostname()}(127.0.0.1)
SlurmctldPort=${controllerPort}
SlurmUser=${user}
SlurmdUser=${user}
AuthType=auth/munge
AuthInfo=socket=${socket}
StateSaveLocation=${folder}/state
SlurmdSpoolDir=${folder}/spool
SlurmctldPidFile=${folder}/slurmctld.pid
SlurmdPidFile=${folder}/slurmd.pid
SlurmctldLogFile=${folder}/slurmctld.log
SlurmdLogFile=${folder}/slurmd.log
SlurmctldDebug=error
SlurmdDebug=error
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
JobCompType=jobcomp/none
AccountingStorageType=accounting_storage/none
PriorityType=priority/basic
SchedulerType=sched/builtin
SchedulerParameters=batch_sched_delay=0,sched_min_interval=0
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SlurmdParameters=config_overrides
MinJobAge=3600
NodeName=bench NodeHostname=${hostname()} NodeAddr=127.0.0.1 Port=${nodePort} CPUs=${places}
PartitionName=all Nodes=bench Default=YES
`;
}

function programOf(name: string): string | undefined {
  return findProgram(name, searched);
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function endProcess(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exit = once(child, "exit");
  child.kill("SIGTERM");
  const kill = setTimeout(() => child.kill("SIGKILL"), endPatienceMs);
  await exit;
  clearTimeout(kill);
}

/** Slurm's own processes of jobs leave its daemons; they work in a folder of theirs. */
function processesIn(folder: string): readonly number[] {
  const numbers = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return numbers.filter((pid) => worksIn(pid, folder)).map(Number);
}

function worksIn(pid: string, folder: string): boolean {
  try {
    return `${readlinkSync(`/proc/${pid}/cwd`)}/`.startsWith(`${folder}/`);
  } catch {
    // It ended while it was looked at, or is another user's.
    return false;
  }
}
