// Control groups, version 1: each controller is a hierarchy of its own, so a job has a group in each.
// https://docs.kernel.org/admin-guide/cgroup-v1/
import { join } from "node:path";
import type { Enforcement, ExecutorAbilities } from "../port.ts";
import { cpuPeriodUs, cpuQuotaUs, makeGroup, parentName, readField, readNumber, readPids, readText } from "./cgroup-files.ts";
import { removeGroup, tryRemove, tryWrite, until } from "./cgroup-files.ts";
import type { Hierarchy } from "./cgroup-mounts.ts";
import { countersEveryMs } from "../limits.ts";
import type { Containment, ContainmentLimits, ContainmentSystem, ContainmentUsage, MetLimit, ObservedGroup } from "./containment.ts";
import { killEach, killUntilGone } from "./kill.ts";
import { sendSignal } from "./proc.ts";

const used = ["memory", "cpu", "cpuacct", "pids", "freezer"] as const;
type Controller = (typeof used)[number];
type Folders = { readonly [K in Controller]?: string };

/** The system over the hierarchies that are mounted and writable; undefined where one that cannot be done without is missing. */
export function cgroupV1(all: readonly Hierarchy[]): ContainmentSystem | undefined {
  const parents: { [K in Controller]?: string } = {};
  for (const controller of used) {
    const own = all.find(({ version, controllers }) => version === 1 && controllers.includes(controller));
    if (own !== undefined && isUsable(join(own.folder, parentName))) parents[controller] = join(own.folder, parentName);
  }
  if (parents.memory === undefined && parents.pids === undefined) return undefined;
  const inFolders = (name: string): Containment =>
    new V1Containment(Object.fromEntries(Object.entries(parents).map(([controller, parent]) => [controller, join(parent, name)])));
  return {
    abilities: abilitiesOf(parents),
    lookEveryMs: countersEveryMs,
    create: (name, limits) => {
      const containment = inFolders(name) as V1Containment;
      containment.create(limits);
      return containment;
    },
    find: inFolders,
    close: () => Object.values(parents).forEach(tryRemove),
  };
}

/** A group that somebody else has made, to be looked at. */
export function v1Group(all: readonly Hierarchy[]): ObservedGroup {
  const own = (controller: Controller): readonly (readonly [Controller, string])[] =>
    all.flatMap(({ controllers, folder }) => (controllers.includes(controller) ? [[controller, folder] as const] : []));
  return new V1Containment(Object.fromEntries(used.flatMap(own)));
}

function isUsable(parent: string): boolean {
  try {
    makeGroup(parent);
    return readText(join(parent, "cgroup.procs")) !== undefined;
  } catch {
    return false;
  }
}

function abilitiesOf(parents: Folders): ExecutorAbilities {
  const by = (controller: Controller): Enforcement => (parents[controller] === undefined ? "none" : "kernel");
  return {
    by: "cgroup v1",
    limits: { cpuMillis: by("cpu"), memoryBytes: by("memory"), pids: by("pids"), diskBytes: "sampled" },
    freeze: parents.freezer === undefined ? "sampled" : "kernel",
    accounting: parents.cpuacct !== undefined && parents.memory !== undefined ? "kernel" : "none",
    notes: used
      .filter((controller) => parents[controller] === undefined)
      .map((controller) => `The cgroup v1 controller "${controller}" is not mounted, or this user may not make groups in it.`),
  };
}

class V1Containment implements Containment, ObservedGroup {
  readonly prefix = [];
  readonly #folders: Folders;
  readonly #all: readonly string[];

  constructor(folders: Folders) {
    this.#folders = folders;
    // A hierarchy can carry two controllers (cpu and cpuacct); its group is joined once.
    this.#all = [...new Set(Object.values(folders))];
  }

  get joinFiles(): readonly string[] {
    return this.#all.map((folder) => join(folder, "cgroup.procs"));
  }

  create(limits: ContainmentLimits): void {
    for (const folder of this.#all) makeGroup(folder);
    const { memory, cpu, pids } = this.#folders;
    if (pids !== undefined) tryWrite(join(pids, "pids.max"), limits.pids);
    if (memory !== undefined && limits.memoryBytes !== undefined) {
      tryWrite(join(memory, "memory.limit_in_bytes"), limits.memoryBytes);
      tryWrite(join(memory, "memory.memsw.limit_in_bytes"), limits.memoryBytes);
    }
    if (cpu === undefined || limits.cpuMillis === undefined) return;
    tryWrite(join(cpu, "cpu.cfs_period_us"), cpuPeriodUs);
    tryWrite(join(cpu, "cpu.cfs_quota_us"), cpuQuotaUs(limits.cpuMillis));
  }

  /** Of memory it tells only whoever has an eventfd, which Node has not. */
  get tellingFiles(): readonly string[] {
    return this.#folders.pids === undefined ? [] : [join(this.#folders.pids, "pids.events")];
  }

  pids(): readonly number[] {
    const folder = this.#folders.pids ?? this.#folders.memory;
    return folder === undefined ? [] : readPids(folder);
  }

  /** Held while the signals go out, so that nothing forks in between; the kills take effect when it is let go. */
  async kill(): Promise<void> {
    const state = this.#freezerState;
    await killUntilGone(
      () => this.pids(),
      (left) => {
        if (state !== undefined) tryWrite(state, "FROZEN");
        killEach(left);
        if (state !== undefined) tryWrite(state, "THAWED");
      },
    );
  }

  async setFrozen(frozen: boolean): Promise<void> {
    const state = this.#freezerState;
    if (state === undefined) return signalAll(this.pids(), frozen);
    const wanted = frozen ? "FROZEN" : "THAWED";
    tryWrite(state, wanted);
    await until(() => readText(state)?.trim() === wanted);
  }

  usage(): ContainmentUsage {
    const { cpuacct, memory } = this.#folders;
    return {
      cpuMs: cpuacct === undefined ? 0 : readNumber(join(cpuacct, "cpuacct.usage")) / 1e6,
      memoryPeakBytes: memory === undefined ? 0 : readNumber(join(memory, "memory.max_usage_in_bytes")),
    };
  }

  exceeded(): MetLimit | undefined {
    const { memory, pids } = this.#folders;
    // Linux 4.13 and later count what was killed.
    if (memory !== undefined && readField(join(memory, "memory.oom_control"), "oom_kill") > 0) return "memoryBytes";
    return pids !== undefined && readField(join(pids, "pids.events"), "max") > 0 ? "pids" : undefined;
  }

  async remove(): Promise<void> {
    await Promise.all(this.#all.map(removeGroup));
  }

  get #freezerState(): string | undefined {
    return this.#folders.freezer === undefined ? undefined : join(this.#folders.freezer, "freezer.state");
  }
}

function signalAll(pids: readonly number[], frozen: boolean): void {
  for (const pid of pids) sendSignal(pid, frozen ? "SIGSTOP" : "SIGCONT");
}
