// What this machine has to run scripts with: found out once, when it is first needed.
import { execFile } from "node:child_process";
import { realpathSync } from "node:fs";
import { dirname } from "node:path";
import { promisify } from "node:util";
import { findProgram } from "../find-program.ts";

/** A program that runs scripts, and the folders without which it cannot run. */
export interface Interpreter {
  readonly path: string;
  readonly folders: readonly string[];
}

/** The machine's tools; undefined is one that is not there. */
export interface Tools {
  readonly node: Interpreter;
  readonly python: () => Promise<Interpreter | undefined>;
  readonly bubblewrap: () => Promise<string | undefined>;
}

const run = promisify(execFile);

/** Long: on a machine that is busy, what is slow to answer would count as not there, and scripts would run without a sandbox. */
const probeTimeoutMs = 60_000;

/** The tools of the machine that this process runs on. */
export function machineTools(): Tools {
  return {
    node: { path: process.execPath, folders: [dirname(realpathSync(process.execPath)), dirname(process.execPath)] },
    python: once(findPython),
    bubblewrap: once(findBubblewrap),
  };
}

function once<Value>(find: () => Promise<Value>): () => Promise<Value> {
  let found: Promise<Value> | undefined;
  return () => (found ??= find());
}

/** A program of that name on the server's own path. */
function onPath(name: string): string | undefined {
  return findProgram(name, process.env["PATH"] ?? "");
}

/** Asks Python itself where it lies: what the path names may be a launcher that needs its user's environment. */
async function findPython(): Promise<Interpreter | undefined> {
  const launcher = onPath("python3");
  if (launcher === undefined) return undefined;
  const question = "import sys, json; print(json.dumps([sys.executable, sys.base_prefix, sys.prefix]))";
  try {
    const { stdout } = await run(launcher, ["-c", question], { timeout: probeTimeoutMs });
    const [path, ...folders] = JSON.parse(stdout) as [string, string, string];
    return { path, folders };
  } catch {
    return undefined;
  }
}

/** Bubblewrap, where it is installed and the system lets it work: containers often do not. */
async function findBubblewrap(): Promise<string | undefined> {
  const path = onPath("bwrap");
  if (path === undefined) return undefined;
  try {
    await run(path, ["--ro-bind", "/", "/", "--unshare-pid", "--unshare-net", "--proc", "/proc", "true"], { timeout: probeTimeoutMs });
    return path;
  } catch {
    return undefined;
  }
}
