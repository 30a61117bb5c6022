// Resources from files: only within the folder that the server was given, and never through a symbolic link. An address
// counts from that folder, as if it were the root: `file:///schemas/pet.json`.
import { constants } from "node:fs";
import { open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { ok, type Result } from "@baton/core";
import type { WorkFault } from "@baton/engine";
import { maxResourceBytes } from "../limits.ts";
import { refused, shownUri, unavailable } from "./faults.ts";
import type { Resource } from "./port.ts";

/** Reads the file that an address names. */
export async function loadFile(url: URL, folder: string | undefined): Promise<Result<Resource, WorkFault>> {
  const shown = shownUri(url.href);
  if (folder === undefined) return refused(`${shown} is a file, and this server reads no files: it was started without a resource folder.`);
  const path = pathOf(url);
  if (path === undefined) return refused(`${shown} does not name a file of the resource folder.`);
  try {
    const root = await realpath(folder);
    const file = path === root || path.startsWith(root + sep) ? path : join(root, path);
    // A link anywhere on the way makes another path of it, wherever the link leads.
    if ((await realpath(file)) !== file)
      return refused(`${shown} leads through a symbolic link; the resource folder's links are not followed.`);
    return await read(file, url.href, shown);
  } catch (error) {
    return trouble(error, shown);
  }
}

/** Undefined: a host, an encoded slash or a null character, which no file's address has. */
function pathOf(url: URL): string | undefined {
  if (url.host !== "" || /%00/i.test(url.pathname)) return undefined;
  try {
    return fileURLToPath(url);
  } catch {
    return undefined;
  }
}

async function read(file: string, uri: string, shown: string): Promise<Result<Resource, WorkFault>> {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return refused(`${shown} is not a file.`);
    if (stat.size > maxResourceBytes)
      return refused(`${shown} has more than ${maxResourceBytes} bytes, the most that a resource may have.`);
    return ok({ uri, bytes: await handle.readFile(), contentType: undefined });
  } finally {
    await handle.close();
  }
}

function trouble(error: unknown, shown: string): Result<never, WorkFault> {
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  if (code === "ENOENT" || code === "ENOTDIR") return unavailable(404, `${shown} is not in the resource folder.`);
  if (code === "") throw error;
  return unavailable(500, `${shown} cannot be read (${code}).`);
}
