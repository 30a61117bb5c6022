// The control groups of a container, where its engine runs on this machine: the kernel's own counters say what engines do
// not, that one of its processes was killed for its memory or that it was refused a further one, and measure it better.
// An engine behind a virtual machine, or in another namespace, shows its processes to nobody: then there are none.
import { readFileSync } from "node:fs";
import type { ObservedGroup } from "../containment/containment.ts";
import { hierarchies, type Hierarchy } from "../containment/cgroup-mounts.ts";
import { v1Group } from "../containment/v1.ts";
import { V2Containment } from "../containment/v2.ts";

/** The groups of the container whose first process is `pid`; undefined where they cannot be seen. */
export function ownGroups(pid: number, container: string): ObservedGroup | undefined {
  const all = groupsOf(pid).flatMap(({ folder, ...hierarchy }) => {
    const own = upTo(folder, container);
    return own === undefined ? [] : [{ ...hierarchy, folder: own }];
  });
  // On a machine with both versions the controllers are those of version 1.
  const old = all.filter(({ version }) => version === 1);
  if (old.some(({ controllers }) => controllers.includes("memory"))) return v1Group(old);
  const [only] = all.filter(({ version }) => version === 2);
  return only && new V2Containment(only.folder);
}

function groupsOf(pid: number): readonly Hierarchy[] {
  try {
    return hierarchies(readFileSync("/proc/self/mountinfo", "utf8"), readFileSync(`/proc/${pid}/cgroup`, "utf8"));
  } catch {
    return [];
  }
}

/** The part of a path that ends with the folder that is named after the container: what lies below is the container's own doing. */
export function upTo(path: string, container: string): string | undefined {
  const parts = path.split("/");
  const last = parts.findIndex((part) => part.includes(container));
  return last < 0 ? undefined : parts.slice(0, last + 1).join("/");
}
