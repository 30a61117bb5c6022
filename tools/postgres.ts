// A PostgreSQL of its own: in a folder that is gone afterwards, on a free port of loopback, trusted without passwords. Debian's
// packages have the programs (`node tools/services.ts install postgres`).
import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chownSync, existsSync, globSync, mkdtempSync, openSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../packages/job-executors/testing/free-port.ts";

/** A server that runs. */
export interface Postgres {
  readonly url: string;
  stop(): Promise<void>;
}

const patienceMs = 300_000;
const pollMs = 50;

/** Where the programs of the newest version are; undefined where there are none. */
export function postgresPrograms(): string | undefined {
  const versionOf = (folder: string): number => Number(folder.split("/").at(-2));
  const installed = globSync("/usr/lib/postgresql/*/bin").filter((folder) => existsSync(join(folder, "initdb")));
  return installed.sort((a, b) => versionOf(b) - versionOf(a))[0];
}

/** Starts one; resolves when it answers. */
export async function startPostgres(): Promise<Postgres> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error("There is no PostgreSQL on this machine: node tools/services.ts install postgres");
  const folder = mkdtempSync(join(tmpdir(), "baton-postgres-"));
  const asUser = userOf(folder);
  const data = join(folder, "data");
  const run = (program: string, args: readonly string[]): readonly [string, readonly string[]] => {
    const [first = "", ...rest] = [...asUser, join(programs, program), ...args];
    return [first, rest];
  };
  execFileSync(...run("initdb", ["-D", data, "-A", "trust", "-U", "postgres", "--no-sync"]), { stdio: "ignore" });
  const port = await freePort();
  const log = openSync(join(folder, "log"), "a");
  const child = spawn(...run("postgres", ["-D", data, "-h", "127.0.0.1", "-p", String(port), "-k", folder]), {
    stdio: ["ignore", log, log],
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const stop = async (): Promise<void> => {
    if (!hasEnded() && child.kill("SIGINT")) await once(child, "exit");
    rmSync(folder, { recursive: true, force: true });
  };
  const until = performance.now() + patienceMs;
  while (!answers(programs, port)) {
    if (hasEnded() || performance.now() > until) {
      await stop();
      throw new Error("PostgreSQL does not start.");
    }
    await sleep(pollMs);
  }
  return { url: `postgres://postgres@127.0.0.1:${port}/postgres`, stop };
}

/** PostgreSQL does not run as root: then it gets the user that its package has made, and the folder with it. */
function userOf(folder: string): readonly string[] {
  if (process.getuid?.() !== 0) return [];
  const id = (flag: string): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));
  chownSync(folder, id("-u"), id("-g"));
  return ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups"];
}

function answers(programs: string, port: number): boolean {
  try {
    execFileSync(join(programs, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(port)]);
    return true;
  } catch {
    return false;
  }
}
