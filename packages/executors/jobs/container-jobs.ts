// Jobs that are containers of this machine's engine, Docker or Podman.
import { createContainerExecutor, type ContainerProgram, type ExecutorAbilities } from "@baton/job-executors";
import { followed, type FollowOptions } from "./launched-task.ts";
import type { ContainerWork, JobExecutor } from "./port.ts";

/** How containers are run. */
export interface ContainerJobsOptions extends FollowOptions {
  /** Where everything about them is kept; a node has one folder. */
  readonly stateFolder: string;
  /** The engine's socket; absent: the first one that is found. */
  readonly engineSocket?: string;
}

/** What runs containers, and what it can do here. */
export interface ContainerJobs extends JobExecutor {
  abilities(): Promise<ExecutorAbilities>;
}

/** The executor of containers. */
export function createContainerJobs(options: ContainerJobsOptions): ContainerJobs {
  const { stateFolder, engineSocket: socketPath } = options;
  const containers = createContainerExecutor({ stateFolder, isLast: !options.outlive, ...(socketPath !== undefined && { socketPath }) });
  const executor = followed(
    {
      kinds: ["container"],
      executors: [containers],
      launch: (work, order) =>
        work.kind === "container"
          ? containers.start({ ...order, program: programOf(work) })
          : Promise.reject(new Error(`A container cannot run a ${work.kind}.`)),
    },
    options,
  );
  return { ...executor, abilities: () => containers.abilities() };
}

function programOf({ arguments: args, ...work }: ContainerWork): ContainerProgram {
  return { ...work, args };
}
