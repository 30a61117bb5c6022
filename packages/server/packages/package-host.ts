// The packages of functions that were deployed: kept as folders beside the data. Nodes fetch them from here; the node of this process
// runs them from where they lie.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { keptPackages, PackageFolder, writeConnection, type PackageConnection, type PackageRunner } from "@baton/executors";
import type { PackageHost } from "@baton/runtime";
import { packageProgram } from "@baton/sdk";

/** What a server has of packages. */
export interface ServerPackages {
  readonly host: PackageHost;
  /** For the node of this process. */
  readonly runner: PackageRunner;
  close(): void;
}

/** Without a data folder packages last as long as this process. */
export function openPackages(dataDir: string | undefined, connection: PackageConnection): ServerPackages {
  const path = dataDir === undefined ? mkdtempSync(join(tmpdir(), "baton-packages-")) : join(resolve(dataDir), "packages");
  const connectionFile = join(path, "connection.json");
  writeConnection(connectionFile, connection);
  const folder = new PackageFolder(path);
  return {
    host: {
      keep: (files) => folder.keep(files),
      files: (digest) => folder.filesOf(digest),
      keepOnly: (digests) => folder.keepOnly(digests, Date.now()),
    },
    runner: { program: packageProgram, connectionFile, folderOf: keptPackages(folder) },
    close: () => {
      if (dataDir === undefined) rmSync(path, { recursive: true, force: true });
    },
  };
}
