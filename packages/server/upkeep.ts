// What keeps services and functions up and scaled, put together.
import type { Instant, Random } from "@baton/core";
import { createMessageSender } from "@baton/executors";
import { Autoscalers, Deployments, type Clock, type Jobs, type LogRecord, type PackageHost, type Secrets } from "@baton/runtime";
import type { Store } from "@baton/storage";
import { clusterScales } from "./cluster-scale.ts";
import type { RuntimeSetup } from "./options.ts";

/** What it is made of. */
export interface UpkeepParts {
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: (record: LogRecord) => void;
  readonly jobs: Jobs;
  readonly secrets: Secrets;
}

/** Deployments and autoscalers of one server. */
export interface Upkeep {
  readonly deployments: Deployments;
  readonly autoscalers: Autoscalers;
  /** From now on packages of functions are run so. */
  readonly runPackages: (host: PackageHost) => void;
  /** Lets go of everything; replicas go on. */
  close(): Promise<void>;
}

/** Nothing is kept up before it is recovered. */
export function openUpkeep(parts: UpkeepParts, { kubernetes = [] }: RuntimeSetup): Upkeep {
  let packages: PackageHost | null = null;
  const deployments = new Deployments({ ...parts, host: () => packages });
  const clusters = clusterScales(kubernetes);
  const sender = createMessageSender();
  const now = (): Instant => parts.clock.now();
  const autoscalers = new Autoscalers({ ...parts, deployments, clusters, sender, now });
  const close = async (): Promise<void> => {
    autoscalers.close();
    clusters.close();
    await sender.close();
    await deployments.close();
  };
  return { deployments, autoscalers, runPackages: (host) => void (packages = host), close };
}
