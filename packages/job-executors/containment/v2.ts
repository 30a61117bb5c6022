// Control groups, version 2: one hierarchy. https://docs.kernel.org/admin-guide/cgroup-v2.html
//
// A group that hands controllers to groups below it holds no processes itself, except for the root. So the node's own
// group is emptied into a leaf before the controllers are handed down; where somebody else's processes are in
// it, that cannot be done, and the operator gives the node a group of its own (systemd: Delegate=yes, and
// DelegateSubgroup=baton-node, so that a service that is started again finds its place too).
import { basename, dirname, join } from "node:path";
import type { ExecutorAbilities } from "../port.ts";
import { cpuPeriodUs, cpuQuotaUs, makeGroup, parentName, readField, readNumber, readPids, readText } from "./cgroup-files.ts";
import { removeGroup, tryRemove, tryWrite, until } from "./cgroup-files.ts";
import type { Hierarchy } from "./cgroup-mounts.ts";
import { countersEveryMs } from "../limits.ts";
import type { Containment, ContainmentLimits, ContainmentSystem, ContainmentUsage, MetLimit, ObservedGroup } from "./containment.ts";
import { killEach, killUntilGone } from "./kill.ts";

const needed = ["cpu", "memory", "pids"] as const;

/** Where the node's own processes go. */
const leafName = "baton-node";

/** The system over a hierarchy in which this user may make groups; undefined where that is not so. */
export function cgroupV2(all: readonly Hierarchy[], ownPids: readonly number[]): ContainmentSystem | undefined {
  const own = all.find(({ version }) => version === 2);
  if (own === undefined) return undefined;
  // Whoever is in the leaf was put there: by an earlier launcher, or by the operator.
  const folder = basename(own.folder) === leafName ? dirname(own.folder) : own.folder;
  const offered = (readText(join(folder, "cgroup.controllers")) ?? "").split(/\s+/);
  const controllers = needed.filter((name) => offered.includes(name));
  // On a machine with both versions this one has none of the controllers; version 1 has them.
  if (controllers.length === 0 || !handDown(folder, controllers, ownPids)) return undefined;
  const parent = join(folder, parentName);
  return {
    abilities: abilitiesOf(parent),
    lookEveryMs: countersEveryMs,
    create: (name, limits) => {
      const containment = new V2Containment(join(parent, name));
      containment.create(limits);
      return containment;
    },
    find: (name) => new V2Containment(join(parent, name)),
    close: () => {
      tryRemove(parent);
    },
  };
}

/** Makes the parent of all jobs' groups and hands it the controllers. */
function handDown(folder: string, controllers: readonly string[], ownPids: readonly number[]): boolean {
  const parent = join(folder, parentName);
  const enable = controllers.map((name) => `+${name}`).join(" ");
  try {
    makeGroup(parent);
    if (!tryWrite(join(folder, "cgroup.subtree_control"), enable)) {
      makeGroup(join(folder, leafName));
      for (const pid of ownPids) tryWrite(join(folder, leafName, "cgroup.procs"), pid);
      if (!tryWrite(join(folder, "cgroup.subtree_control"), enable)) return false;
    }
    return tryWrite(join(parent, "cgroup.subtree_control"), enable);
  } catch {
    return false;
  }
}

function abilitiesOf(parent: string): ExecutorAbilities {
  const handed = (readText(join(parent, "cgroup.subtree_control")) ?? "").split(/\s+/);
  const by = (controller: string): "kernel" | "none" => (handed.includes(controller) ? "kernel" : "none");
  return {
    by: "cgroup v2",
    limits: { cpuMillis: by("cpu"), memoryBytes: by("memory"), pids: by("pids"), diskBytes: "sampled" },
    freeze: "kernel",
    accounting: by("memory"),
    notes: needed
      .filter((controller) => !handed.includes(controller))
      .map((controller) => `The cgroup v2 controller "${controller}" is not handed down to the node's group (systemd: Delegate=yes).`),
  };
}

/** One group. Exported for tests of what needs no controller. */
export class V2Containment implements Containment, ObservedGroup {
  readonly prefix = [];
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  get joinFiles(): readonly string[] {
    return [this.#file("cgroup.procs")];
  }

  get tellingFiles(): readonly string[] {
    return [this.#file("memory.events"), this.#file("pids.events")];
  }

  create(limits: ContainmentLimits): void {
    makeGroup(this.#folder);
    tryWrite(this.#file("pids.max"), limits.pids);
    if (limits.cpuMillis !== undefined) tryWrite(this.#file("cpu.max"), `${cpuQuotaUs(limits.cpuMillis)} ${cpuPeriodUs}`);
    if (limits.memoryBytes === undefined) return;
    tryWrite(this.#file("memory.max"), limits.memoryBytes);
    tryWrite(this.#file("memory.swap.max"), 0);
    // A job without one of its processes is seldom worth anything: all of it goes, and says so.
    tryWrite(this.#file("memory.oom.group"), 1);
  }

  pids(): readonly number[] {
    return readPids(this.#folder);
  }

  async kill(): Promise<void> {
    await killUntilGone(
      () => this.pids(),
      (left) => {
        // Linux 5.14 and later; before that one by one, while nothing can fork.
        if (tryWrite(this.#file("cgroup.kill"), 1)) return;
        tryWrite(this.#file("cgroup.freeze"), 1);
        killEach(left);
        tryWrite(this.#file("cgroup.freeze"), 0);
      },
    );
  }

  async setFrozen(frozen: boolean): Promise<void> {
    const wanted = frozen ? 1 : 0;
    tryWrite(this.#file("cgroup.freeze"), wanted);
    await until(() => readField(this.#file("cgroup.events"), "frozen") === wanted || this.pids().length === 0);
  }

  usage(): ContainmentUsage {
    return {
      cpuMs: readField(this.#file("cpu.stat"), "usage_usec") / 1000,
      // Linux 5.19 and later; before that what it holds now is the best that is known.
      memoryPeakBytes: readNumber(this.#file("memory.peak")) || readNumber(this.#file("memory.current")),
    };
  }

  exceeded(): MetLimit | undefined {
    if (readField(this.#file("memory.events"), "oom_kill") > 0) return "memoryBytes";
    return readField(this.#file("pids.events"), "max") > 0 ? "pids" : undefined;
  }

  remove(): Promise<void> {
    return removeGroup(this.#folder);
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }
}
