// Files in and out. A file that cannot be read or written is a FileError, whose exit code tells the two apart.
import {
  accessSync,
  closeSync,
  constants,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  readdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { gunzipSync } from "node:zlib";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { isTar, tarFiles, type NamedFile } from "./archive.ts";

/** A file that could not be read or written; its message says why. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly exitCode: ExitCode;

  constructor(what: string, exitCode: ExitCode, cause: unknown) {
    super(`${what}: ${placeOf(cause, what)}${reasonOf(cause)}.`, { cause });
    this.exitCode = exitCode;
  }
}

/** What people call the errors that a wrong path leads to. */
const reasons: { readonly [code: string]: string } = {
  ENOENT: "there is no such file or folder",
  EACCES: "permission is denied",
  EISDIR: "it is a folder",
  ENOTDIR: "a part of the path is a file and no folder",
};

function reasonOf(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return reasons[code] ?? (cause instanceof Error ? cause.message : String(cause));
}

/** In a folder it may be another file than the one named that cannot be read. */
function placeOf(cause: unknown, what: string): string {
  const path = cause instanceof Error && "path" in cause ? String(cause.path) : "";
  return path === "" || what.startsWith(path) ? "" : `at ${path} `;
}

const gzipMagic = 0x8b1f;

/** The content of a file, unpacked if it is gzipped. */
export function readBytes(path: string): Buffer {
  return guarded(`${path} cannot be read`, exitCodes.notFound, () => {
    return unpacked(readFileSync(path));
  });
}

function unpacked(bytes: Buffer): Buffer {
  const plain = bytes.length > 2 && bytes.readUInt16LE(0) === gzipMagic ? gunzipSync(bytes) : bytes;
  return plain.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? plain.subarray(byteOrderMark.length) : plain;
}

/** Some editors begin a text with it; it is no part of the text. */
const byteOrderMark = Buffer.from("\uFEFF");

/** The files in a folder and in those below it, or in an archive, by name; undefined where the path is another file. */
export function filesWithin(path: string): NamedFile[] | undefined {
  const files = guarded(`${path} cannot be read`, exitCodes.notFound, () => {
    if (!statSync(path).isDirectory()) return undefined;
    const entries = readdirSync(path, { withFileTypes: true, recursive: true }).filter((entry) => entry.isFile());
    return entries.map(({ parentPath, name }): NamedFile => {
      const file = join(parentPath, name);
      return { name: relative(path, file), bytes: () => readBytes(file) };
    });
  });
  const found = files ?? (archiveName.test(path) ? archived(readBytes(path)) : undefined);
  return found?.sort((a, b) => (a.name < b.name ? -1 : 1));
}

const archiveName = /\.(tar|tar\.gz|tgz)$/;

function archived(bytes: Buffer): NamedFile[] | undefined {
  return isTar(bytes) ? tarFiles(bytes).map(({ name, bytes: own }) => ({ name, bytes: () => unpacked(own()) })) : undefined;
}

/** Writes a text file. */
export function writeText(path: string, text: string): void {
  guarded(`${path} cannot be written`, exitCodes.failed, () => writeFileSync(path, text));
}

/** Throws where no file or folder of this path could be made. */
export function checkWritable(path: string): void {
  guarded(`${path} cannot be written`, exitCodes.failed, () => accessSync(dirname(resolve(path)), constants.W_OK));
}

/** Makes a folder, unless it is there. */
export function makeFolder(path: string): void {
  // Not with its parents: a misspelt path is a mistake, and some file systems never answer a recursive request.
  guarded(`${path} cannot be made`, exitCodes.failed, () => existsSync(path) || mkdirSync(path));
}

const flushLength = 1 << 16;

/** Writes lines as they come, so that a file of millions of jobs never is one string. */
export function writeLines(path: string, lines: Iterable<string>): void {
  guarded(`${path} cannot be written`, exitCodes.failed, () => {
    const file = openSync(path, "w");
    let pending = "";
    for (const line of lines) {
      pending += line;
      if (pending.length < flushLength) continue;
      writeSync(file, pending);
      pending = "";
    }
    writeSync(file, pending);
    closeSync(file);
  });
}

function guarded<T>(what: string, exitCode: ExitCode, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new FileError(what, exitCode, error);
  }
}
