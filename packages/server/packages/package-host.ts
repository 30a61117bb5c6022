// The packages of functions that were deployed: kept as folders beside the data, run by the local node. A folder's name is a digest of what
// is in it, so another content is another folder, and what runs keeps its own.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { JsonObject } from "@baton/core";
import type { PackageHost, PackageSpec } from "@baton/runtime";
import { writeConnection, type Connection } from "./connection.ts";

const host = fileURLToPath(new URL("host.ts", import.meta.url));

/** Packages that are run on one node; without a data folder they last as long as this process. */
export function openPackages(dataDir: string | undefined, node: string, connection: Connection): PackageHost & { close(): void } {
  const folder = dataDir === undefined ? mkdtempSync(join(tmpdir(), "baton-packages-")) : join(resolve(dataDir), "packages");
  const connectionFile = join(folder, "connection.json");
  writeConnection(connectionFile, connection);
  return {
    keep: (name, files) => keep(join(folder, name), files),
    job: (spec) => instanceJob(spec, node, connectionFile),
    close: () => {
      if (dataDir === undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

function keep(folder: string, files: { readonly [path: string]: string }): string {
  const paths = Object.keys(files).sort();
  const digest = createHash("sha256");
  for (const path of paths) digest.update(JSON.stringify([path, files[path]]));
  const target = join(folder, digest.digest("hex").slice(0, 16));
  if (existsSync(target)) return target;
  const fresh = `${target}.new`;
  rmSync(fresh, { recursive: true, force: true });
  for (const path of paths) {
    const file = join(fresh, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, Buffer.from(files[path] ?? "", "base64"));
  }
  renameSync(fresh, target);
  return target;
}

function instanceJob({ folder, entry, concurrency }: PackageSpec, node: string, connectionFile: string): JsonObject {
  return {
    command: [process.execPath, host, connectionFile, join(folder, entry)],
    environment: { BATON_CONCURRENCY: String(concurrency) },
    constraints: { nodes: [node] },
  };
}
