// Packages of functions on a machine: folders named by a digest of what is in them, so another content is another folder, and what
// came over a network is what was deployed or is not run. The files that nobody has deployed any more go when others come.
import { createHash } from "node:crypto";
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import type { Millis } from "@baton/core";
import { jobFault } from "../errors.ts";

/** By path; the contents in base 64. */
export type PackageFiles = { readonly [path: string]: string };

/** What a package may be: files, bytes of all of them together, characters of a path. */
export const packageLimits = { files: 5_000, bytes: 4 * 1024 * 1024, path: 500 } as const;

/** What runs packages of functions on a machine. */
export interface PackageRunner {
  /** The program that brings a package's functions to the server. */
  readonly program: string;
  /** Where it finds the server; see `writeConnection`. */
  readonly connectionFile: string;
  /** The folder with the package's files; rejects with package-unavailable. */
  readonly folderOf: (digest: string) => Promise<string>;
}

/** Where the server is, and how to be let in. */
export interface PackageConnection {
  readonly url: string;
  readonly token?: string;
}

/** Says to instances how they reach the server: in a file that only its own user may read. Whoever reads meanwhile finds the one or the other. */
export function writeConnection(file: string, connection: PackageConnection): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, JSON.stringify(connection), { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** What tells a package from every other. */
export function packageDigest(files: PackageFiles): string {
  const digest = createHash("sha256");
  for (const path of Object.keys(files).sort()) digest.update(JSON.stringify([path, files[path]]));
  return digest.digest("hex");
}

/** Whether a path lies within its package. */
export function isPackagePath(path: string): boolean {
  const isPlain = path.length <= packageLimits.path && !path.includes("\\") && !path.includes("\0");
  return isPlain && path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

const digestPattern = /^[0-9a-f]{64}$/;
/** What was kept a moment ago may not have been asked for yet. */
const freshMs: Millis = 3_600_000;

/** The folder in which a machine keeps packages. */
export class PackageFolder {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Keeps a package, on the disk when this returns; what is there already is as it was. Gives its digest. */
  keep(files: PackageFiles): string {
    const digest = packageDigest(files);
    const target = this.pathOf(digest);
    if (this.has(digest)) {
      utimesSync(target, new Date(), new Date());
      return digest;
    }
    const fresh = `${target}.new`;
    rmSync(fresh, { recursive: true, force: true });
    for (const [path, content] of Object.entries(files)) {
      const file = join(fresh, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, Buffer.from(content, "base64"));
    }
    flushTree(fresh);
    renameSync(fresh, target);
    flush(this.#folder);
    return digest;
  }

  has(digest: string): boolean {
    return digestPattern.test(digest) && existsSync(this.pathOf(digest));
  }

  pathOf(digest: string): string {
    return join(this.#folder, digest);
  }

  /** The files of a package as they were given; undefined where it is not here. */
  filesOf(digest: string): PackageFiles | undefined {
    if (!this.has(digest)) return undefined;
    const folder = this.pathOf(digest);
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const files = entries.map((entry) => join(entry.parentPath, entry.name));
    return Object.fromEntries(files.map((file) => [relative(folder, file).replaceAll("\\", "/"), readFileSync(file).toString("base64")]));
  }

  /** Removes everything but these, and what has just come. */
  keepOnly(digests: ReadonlySet<string>, now: number): void {
    if (!existsSync(this.#folder)) return;
    for (const name of readdirSync(this.#folder)) {
      if (!digestPattern.test(name.replace(/\.new$/, "")) || digests.has(name)) continue;
      const path = join(this.#folder, name);
      if (now - statSync(path).mtimeMs > freshMs) rmSync(path, { recursive: true, force: true });
    }
  }
}

/** After all was written, so that the first flush does most of the work of the others. */
function flushTree(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) flush(join(entry.parentPath, entry.name));
  flush(folder);
}

/** A file's content, or the names in a folder, which Windows keeps by itself. */
function flush(path: string): void {
  const isFolder = statSync(path).isDirectory();
  if (isFolder && process.platform === "win32") return;
  const opened = openSync(path, isFolder ? "r" : "r+");
  try {
    fsyncSync(opened);
  } finally {
    closeSync(opened);
  }
}

/** Where packages come from that are not here yet. */
export interface PackageSource {
  readonly files: (digest: string) => Promise<PackageFiles>;
  /** The digests of all that is deployed. */
  readonly deployed: () => Promise<readonly string[]>;
}

/** Packages of a machine that fetches what it lacks, once each, and believes it when its digest is right. */
export function fetchedPackages(folder: PackageFolder, source: PackageSource): PackageRunner["folderOf"] {
  const fetching = new Map<string, Promise<void>>();
  const fetch = async (digest: string): Promise<void> => {
    const files = await source.files(digest);
    const problem = problemOf(files) ?? (packageDigest(files) === digest ? undefined : "it is not what its digest says");
    if (problem !== undefined) throw unavailable(digest, problem);
    folder.keep(files);
    folder.keepOnly(new Set([...(await source.deployed()), digest]), Date.now());
  };
  return async (digest) => {
    if (!digestPattern.test(digest)) throw unavailable(digest, "that is no digest");
    if (!folder.has(digest)) {
      const under = fetching.get(digest) ?? fetch(digest).finally(() => fetching.delete(digest));
      fetching.set(digest, under);
      await under.catch((error: unknown) => {
        throw unavailable(digest, error instanceof Error ? error.message : String(error));
      });
    }
    return folder.pathOf(digest);
  };
}

/** Packages of the machine on which they are kept. */
export function keptPackages(folder: PackageFolder): PackageRunner["folderOf"] {
  return (digest) =>
    folder.has(digest) ? Promise.resolve(folder.pathOf(digest)) : Promise.reject(unavailable(digest, "its files are gone"));
}

function problemOf(files: PackageFiles): string | undefined {
  const entries = Object.entries(files);
  const bytes = entries.reduce((sum, [, content]) => sum + Buffer.byteLength(content, "base64"), 0);
  if (entries.length > packageLimits.files) return `it has more than ${packageLimits.files} files`;
  if (bytes > packageLimits.bytes) return `it has more than ${packageLimits.bytes} bytes`;
  return entries.every(([path]) => isPackagePath(path)) ? undefined : "a path leads out of it";
}

function unavailable(digest: string, why: string): Error {
  return jobFault("package-unavailable", { message: `The package ${digest.slice(0, 12)} cannot be run here: ${why}.`, where: digest });
}
