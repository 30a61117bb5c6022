// Jobs that are processes of this machine, commands, scripts and packages of functions, limited and watched by the node's launcher.
import { join } from "node:path";
import { execPath } from "node:process";
import type { Millis } from "@baton/core";
import {
  createProcessExecutor,
  createScriptExecutor,
  LauncherLink,
  type ContainmentChoice,
  type ExecutorAbilities,
} from "@baton/job-executors";
import { followed, type FollowOptions } from "./launched-task.ts";
import type { PackageRunner } from "./packages.ts";
import type { JobExecutor } from "./port.ts";

/** How jobs are launched. */
export interface LaunchedJobsOptions extends FollowOptions {
  /** Where everything about them is kept; a node has one folder. */
  readonly stateFolder: string;
  readonly containment?: ContainmentChoice;
  readonly sandbox?: "auto" | "required" | "off";
  /** Absent: it runs no packages of functions. */
  readonly packages?: PackageRunner;
}

/** What runs processes, and what it can do here. */
export interface LaunchedJobs extends JobExecutor {
  abilities(): Promise<{ readonly processes: ExecutorAbilities; readonly scripts: ExecutorAbilities }>;
}

/** How long jobs run on while nobody asks after them. */
export const orphanMs: Millis = 600_000;

/** The executor of commands, scripts and packages. */
export function createLaunchedJobs(options: LaunchedJobsOptions): LaunchedJobs {
  const { stateFolder, containment, sandbox, packages } = options;
  const link = new LauncherLink({ stateFolder, orphanMs, ...(containment && { containment }) });
  const process = createProcessExecutor(link);
  const script = createScriptExecutor(link, sandbox === undefined ? {} : { sandbox });
  const executor = followed(
    {
      kinds: ["command", "script", ...(packages === undefined ? [] : (["package"] as const))],
      executors: [process, script],
      launch: async (work, order) => {
        if (work.kind === "package" && packages !== undefined) {
          const { program, connectionFile, folderOf } = packages;
          const args = [program, connectionFile, join(await folderOf(work.digest), work.entry)];
          return process.start({ ...order, program: { kind: "process", command: execPath, args } });
        }
        if (work.kind === "command") {
          const [command = "", ...args] = work.command;
          return process.start({ ...order, program: { kind: "process", command, args } });
        }
        if (work.kind !== "script") throw new Error(`A process cannot run a ${work.kind}.`);
        const { language, code, arguments: args, network = false } = work;
        return script.start({ ...order, program: { kind: "script", language, code, args, network } });
      },
    },
    options,
  );
  return {
    ...executor,
    abilities: async () => ({ processes: await process.abilities(), scripts: await script.abilities() }),
  };
}
