// Runs the machine's own commands.
import { specProblem } from "../spec.ts";
import { assert } from "@baton/core";
import type { JobExecutor, JobSpec } from "../port.ts";
import { refusedJob } from "../refused-job.ts";
import type { LaunchSpec } from "../launcher/protocol.ts";
import type { LauncherLink } from "./launcher-link.ts";

/** The executor of processes, over the node's link to its launcher. */
export function createProcessExecutor(link: LauncherLink): JobExecutor {
  link.use();
  return {
    kind: "process",
    abilities: () => link.abilities(),
    start: async (spec) => {
      const problem = specProblem(spec);
      return problem === undefined ? link.start(launchSpec(spec)) : refusedJob(spec, "job-spec-invalid", problem);
    },
    adopt: () => link.adopt("process"),
    close: () => link.leave(),
  };
}

function launchSpec({ program, ...spec }: JobSpec): LaunchSpec {
  assert(program.kind === "process", `Expected a process, but got a ${program.kind}.`);
  return { ...spec, kind: "process", command: program.command, args: program.args };
}
