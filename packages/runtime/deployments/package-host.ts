// Packages of functions, and those who keep them.
import type { Millis } from "@baton/core";
import type { PackageFiles } from "@baton/executors";

/** What is particular about a package. */
export interface PackageSpec {
  /** Tells its files from all others; empty until they are kept. */
  readonly digest: string;
  /** The module that exports its functions, within the folder. */
  readonly entry: string;
  /** Calls that an instance takes at a time. */
  readonly concurrency: number;
  /** How long fewer calls must be enough before instances end. */
  readonly idleMs: Millis;
}

/** Keeps the files of packages for the nodes that run them. */
export interface PackageHost {
  /** Gives the digest. */
  keep(files: PackageFiles): string;
  /** Undefined where they are not here. */
  files(digest: string): PackageFiles | undefined;
  /** The others need not be kept any more. */
  keepOnly(digests: ReadonlySet<string>): void;
}
