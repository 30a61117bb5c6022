// Which containment this machine allows.
import { findProgram } from "../find-program.ts";
import { machineHierarchies } from "./cgroup-mounts.ts";
import type { ContainmentSystem } from "./containment.ts";
import { processContainment } from "./processes.ts";
import { cgroupV1 } from "./v1.ts";
import { cgroupV2 } from "./v2.ts";

/** "auto": the best there is; "processes": no control groups, for machines where somebody else keeps them. */
export type ContainmentChoice = "auto" | "processes";

/** The containment of this machine. `ownPids` are the node's own processes, which version 2 has to move. */
export function detectContainment(choice: ContainmentChoice, ownPids: readonly number[]): ContainmentSystem {
  const groups = choice === "processes" ? [] : machineHierarchies();
  return cgroupV2(groups, ownPids) ?? cgroupV1(groups) ?? processContainment(findProgram("prlimit", process.env["PATH"] ?? ""));
}
