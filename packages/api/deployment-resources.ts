// What is deployed, as it goes over the wire.

/** How many replicas there are to be. */
export type DeployPolicy =
  | { readonly name: "single" }
  | { readonly name: "cluster"; readonly replicas: number }
  | { readonly name: "hybrid"; readonly base: number; readonly max: number };

/** One replica of a deployment; its job has its output and its exit. */
export interface Replica {
  readonly id: number;
  readonly generation: number;
  readonly phase: "waiting" | "starting" | "ready" | "failing" | "restarting" | "draining" | "stopping";
  readonly since: string;
  readonly job: string | null;
  readonly node: string | null;
  readonly port: number | null;
  /** How often in a row it ended without having been told to. */
  readonly crashes: number;
  /** It has done so again and again, and is not known to answer. */
  readonly crashLooping: boolean;
  readonly restartsAt: string | null;
  /** What went wrong last. */
  readonly problem: string | null;
}

/** A version that a deployment had. */
export interface DeploymentVersion {
  readonly generation: number;
  /** Since when it is, or was last, the one that is wanted. */
  readonly wantedAt: string;
  /** The one that all replicas had last. */
  readonly stable: boolean;
}

/** A deployment with its replicas. */
export interface Deployment {
  readonly name: string;
  readonly policy: DeployPolicy;
  /** Counts the versions of what it runs. */
  readonly generation: number;
  /** `stalled`: the version that is wanted does not come up, and the one before serves. `failing`: there is none before. */
  readonly status: "steady" | "updating" | "stalled" | "starting" | "failing" | "deleting";
  readonly desired: number;
  readonly ready: number;
  /** How many are ready and run the version that is wanted. */
  readonly updated: number;
  readonly createdAt: string;
  /** The functions that its instances bring, as `name:version`. */
  readonly functions: readonly string[];
  /** Those that it can go back to, the newest first; the one that is wanted is among them. */
  readonly versions: readonly DeploymentVersion[];
  readonly replicas: readonly Replica[];
}
