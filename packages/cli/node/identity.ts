// Who a node is: its name and the key that it has made for itself, in its data folder. Whoever has the folder is the node. A node
// that was never let in leaves no folder behind.
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isArray, isObject, parseJson } from "@baton/core";
import { CommandFailure } from "../failure.ts";
import { exitCodes } from "../exit-codes.ts";

/** What is in the folder. */
export interface NodeIdentity {
  readonly name: string;
  readonly key: string;
  /** The server that knows the key already. */
  readonly joined: string | null;
  /** Where it speaks for clusters: the nodes of theirs by which that server knows it. */
  readonly nodes?: readonly string[];
}

const file = "node.json";

/** The identity of the folder; a new one where there is none. A name that is given must be the folder's. */
export function readIdentity(folder: string, name: string | undefined): NodeIdentity {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = readStored(folder);
  if (found === undefined) {
    const made = { name: name ?? defaultName(), key: randomBytes(24).toString("hex"), joined: null };
    writeIdentity(folder, made);
    return made;
  }
  if (name === undefined || name === found.name) return found;
  throw new CommandFailure(exitCodes.conflict, `this folder belongs to the node ${found.name}`, {
    where: folder,
    next: `leave --name away, or give ${name} a folder of its own with --data`,
  });
}

/** What gives a folder back as it is now, where no node is in it yet; call it when nothing in there is used any more. */
export function cleanerOf(folder: string): () => void {
  if (existsSync(join(folder, file))) return () => undefined;
  const before = existsSync(folder) ? new Set(readdirSync(folder)) : undefined;
  const remove = (path: string): void => rmSync(path, { recursive: true, force: true, maxRetries: 3 });
  return () => {
    if (before === undefined) return remove(folder);
    for (const name of readdirSync(folder)) if (!before.has(name)) remove(join(folder, name));
  };
}

/** Written as a whole or not at all, for its owner's eyes alone. */
export function writeIdentity(folder: string, identity: NodeIdentity): void {
  const path = join(folder, file);
  const fresh = `${path}.new`;
  writeFileSync(fresh, `${JSON.stringify(identity, null, 2)}\n`, { mode: 0o600 });
  chmodSync(fresh, 0o600);
  renameSync(fresh, path);
}

function readStored(folder: string): NodeIdentity | undefined {
  const path = join(folder, file);
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new CommandFailure(exitCodes.failed, "the node's identity cannot be read", { where: path, why: (error as Error).message });
  }
  const parsed = parseJson(text);
  const value = parsed.ok && isObject(parsed.value) ? parsed.value : {};
  const { name, key, joined = null, nodes = [] } = value;
  const isWhole = typeof name === "string" && typeof key === "string" && (joined === null || typeof joined === "string");
  if (isWhole && isArray(nodes)) return { name, key, joined, nodes: nodes.map(String) };
  throw new CommandFailure(exitCodes.failed, "this is not the identity of a node", {
    where: path,
    next: "restore it, or remove it: the machine then joins as a new node, once the lease of the former one is over",
  });
}

/** The machine's name with what node names may not have taken out, and something to tell two of one name apart. */
function defaultName(): string {
  const host = hostname()
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]+/g, "-")
    .replaceAll(/^-+|-+$/g, "");
  return `${host.slice(0, longestHost) || "node"}-${randomBytes(2).toString("hex")}`;
}

const longestHost = 50;
