// Packages of functions to those that run them.
import type { JsonObject, Millis } from "@baton/core";

/** What is particular about a package. */
export interface PackageSpec {
  /** Where its files lie; empty until they are kept. */
  readonly folder: string;
  /** The module that exports its functions, within the folder. */
  readonly entry: string;
  /** Calls that an instance takes at a time. */
  readonly concurrency: number;
  /** How long fewer calls must be enough before instances end. */
  readonly idleMs: Millis;
}

/** Keeps packages and knows how they are run. */
export interface PackageHost {
  /** Gives the folder, which is another one for another content. */
  keep(name: string, files: { readonly [path: string]: string }): string;
  /** What the job of an instance is, besides what its deployment says. */
  job(spec: PackageSpec): JsonObject;
}
