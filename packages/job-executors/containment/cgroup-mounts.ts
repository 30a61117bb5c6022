// Where this process stands in the control groups of the machine: the folder of its own group, per hierarchy.
// A container sees only a part of a hierarchy, so the path of the group counts from the root of the mount.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A hierarchy of control groups. */
export interface Hierarchy {
  readonly version: 1 | 2;
  /** v1: what the hierarchy is mounted for; v2: empty, see the file cgroup.controllers. */
  readonly controllers: readonly string[];
  /** The folder of the group that this process is in. */
  readonly folder: string;
}

/** The hierarchies that are mounted, from the texts of /proc/self/mountinfo and /proc/self/cgroup. */
export function hierarchies(mountInfo: string, ownGroups: string): readonly Hierarchy[] {
  return mountInfo.split("\n").flatMap((line) => {
    const [mount = "", source = ""] = line.split(" - ");
    const [, , , root = "/", point = ""] = mount.split(" ");
    const [type, , options = ""] = source.split(" ");
    if (type !== "cgroup" && type !== "cgroup2") return [];
    const version = type === "cgroup" ? 1 : 2;
    const controllers = version === 1 ? options.split(",") : [];
    const own = ownGroup(ownGroups, controllers);
    return own === undefined ? [] : [{ version, controllers, folder: join(point, within(own, root)) }];
  });
}

/** Lines are "4:memory:/path"; the one of v2 is "0::/path". */
function ownGroup(ownGroups: string, controllers: readonly string[]): string | undefined {
  for (const line of ownGroups.split("\n")) {
    const [, names = "", ...path] = line.split(":");
    const isIt = controllers.length === 0 ? line.startsWith("0::") : names.split(",").some((name) => controllers.includes(name));
    if (isIt) return path.join(":");
  }
  return undefined;
}

function within(path: string, root: string): string {
  if (root === "/") return path === "/" ? "" : path;
  return path.startsWith(`${root}/`) ? path.slice(root.length) : "";
}

/** The hierarchies of this machine; none where there is no /proc. */
export function machineHierarchies(): readonly Hierarchy[] {
  try {
    return hierarchies(readFileSync("/proc/self/mountinfo", "utf8"), readFileSync("/proc/self/cgroup", "utf8"));
  } catch {
    return [];
  }
}
