// Without control groups: the processes of a job are found by descent, by session, and by an entry of their
// environment, which a process that detached itself from all others still has. Limits are kept by prlimit, per process, and
// by looking now and then, for the job as a whole.
import { statSync } from "node:fs";
import type { ExecutorAbilities } from "../port.ts";
import { sampleEveryMs } from "../limits.ts";
import type { Containment, ContainmentLimits, ContainmentSystem, ContainmentUsage, MetLimit } from "./containment.ts";
import { killEach, killUntilGone } from "./kill.ts";
import { allProcesses, residentBytes, sendSignal, environmentValue, ticksPerSecond, type ProcessInfo } from "./proc.ts";

/** The variable that every job has, and by which its processes are known. */
export const markName = "BATON_ALLOCATION";

/** The system of a machine on which no groups can be made. */
export function processContainment(prlimit: string | undefined): ContainmentSystem {
  return {
    abilities: abilitiesWith(prlimit),
    lookEveryMs: sampleEveryMs,
    create: (name, limits) => new ProcessContainment(name, limits, prlimit),
    find: (name) => new ProcessContainment(name, undefined, prlimit),
    close: () => {},
  };
}

function abilitiesWith(prlimit: string | undefined): ExecutorAbilities {
  const notes = [
    "This user may not make control groups here, so memory and processes are counted now and then, and CPU time is not limited.",
    ...(prlimit === undefined ? ["prlimit (util-linux) is not installed, so no process is held to the limits of its job by itself."] : []),
    ...(process.getuid?.() === 0
      ? ["The node runs as root, whose processes the kernel does not count: a job can start very many before it is seen."]
      : []),
  ];
  const limits = { cpuMillis: "none", memoryBytes: "sampled", pids: "sampled", diskBytes: "sampled" } as const;
  return { by: "processes of this machine", limits, freeze: "sampled", accounting: "sampled", notes };
}

class ProcessContainment implements Containment {
  readonly joinFiles = [];
  readonly prefix: readonly string[];
  readonly #name: string;
  readonly #limits: ContainmentLimits | undefined;
  /** CPU time per process, the ones that have ended too. */
  readonly #cpuTicks = new Map<string, number>();
  #memoryPeakBytes = 0;

  constructor(name: string, limits: ContainmentLimits | undefined, prlimit: string | undefined) {
    this.#name = name;
    this.#limits = limits;
    this.prefix = prlimit === undefined || limits === undefined ? [] : [prlimit, ...prlimitOptions(limits), "--"];
  }

  pids(): readonly number[] {
    return this.#members(markedProcesses()).map(({ pid }) => pid);
  }

  async kill(): Promise<void> {
    await killUntilGone(
      () => this.pids(),
      (left) => {
        for (const pid of left) sendSignal(pid, "SIGSTOP");
        killEach(left);
      },
    );
  }

  /** What is forked while the signals go out is found in a further round. */
  setFrozen(frozen: boolean): Promise<void> {
    const signalled = new Set<number>();
    for (;;) {
      const fresh = this.pids().filter((pid) => !signalled.has(pid));
      if (fresh.length === 0) return Promise.resolve();
      for (const pid of fresh) {
        sendSignal(pid, frozen ? "SIGSTOP" : "SIGCONT");
        signalled.add(pid);
      }
    }
  }

  usage(): ContainmentUsage {
    const members = this.#members(recentProcesses());
    for (const { pid, startTicks, cpuTicks } of members) this.#cpuTicks.set(`${pid} ${startTicks}`, cpuTicks);
    const memory = members.reduce((sum, { pid }) => sum + residentBytes(pid), 0);
    this.#memoryPeakBytes = Math.max(this.#memoryPeakBytes, memory);
    const ticks = [...this.#cpuTicks.values()].reduce((sum, ticks) => sum + ticks, 0);
    return { cpuMs: (ticks * 1000) / ticksPerSecond, memoryPeakBytes: this.#memoryPeakBytes };
  }

  exceeded(): MetLimit | undefined {
    const { memoryPeakBytes } = this.usage();
    if (this.#limits === undefined) return undefined;
    if (this.#limits.memoryBytes !== undefined && memoryPeakBytes > this.#limits.memoryBytes) return "memoryBytes";
    const count = this.#members(recentProcesses()).reduce((sum, { threads }) => sum + threads, 0);
    return count > this.#limits.pids ? "pids" : undefined;
  }

  remove(): Promise<void> {
    return Promise.resolve();
  }

  #members(all: readonly MarkedProcess[]): readonly MarkedProcess[] {
    return membersOf(all, this.#name);
  }
}

/** A process with the mark that it was started with. */
interface MarkedProcess extends ProcessInfo {
  readonly mark: string | undefined;
}

function markedProcesses(): readonly MarkedProcess[] {
  return allProcesses().map((info) => ({ ...info, mark: environmentValue(info.pid, markName) }));
}

/** How old a look at all processes may be for measuring: many jobs share one. */
const recentMs = 100;
let recent: { readonly at: number; readonly all: readonly MarkedProcess[] } = { at: -Infinity, all: [] };

function recentProcesses(): readonly MarkedProcess[] {
  const now = performance.now();
  if (now - recent.at > recentMs) recent = { at: now, all: markedProcesses() };
  return recent.all;
}

/** Those that are marked, all in a session with one of them (every job begins one), and the descendants of both. */
function membersOf(all: readonly MarkedProcess[], name: string): readonly MarkedProcess[] {
  const marked = all.filter(({ mark }) => mark === name);
  const sessions = new Set(marked.map(({ session }) => session));
  const own = new Set(all.filter(({ session }) => sessions.has(session)).map(({ pid }) => pid));
  for (let before = -1; before !== own.size;) {
    before = own.size;
    for (const { pid, parent } of all) if (own.has(parent)) own.add(pid);
  }
  return all.filter(({ pid }) => own.has(pid));
}

/** What one process may hold beyond the limit of the whole job, so that the job is seen to exceed it and is told so. */
const spare = 1.25;

/**
 * What each process may write to, and how many its user may have. The kernel counts the threads of a user, whatever they
 * belong to, so what runs now comes on top; it does not count root's at all.
 */
function prlimitOptions({ memoryBytes, pids }: ContainmentLimits): readonly string[] {
  const own = allProcesses().filter(({ pid }) => isOwn(pid));
  const running = own.reduce((sum, { threads }) => sum + threads, 0);
  return [...(memoryBytes === undefined ? [] : [`--data=${Math.ceil(memoryBytes * spare)}`]), `--nproc=${running + pids}`];
}

function isOwn(pid: number): boolean {
  return statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid === process.getuid?.();
}
