// Runs the real command in a process of its own, for the tests that need one.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

const baton = fileURLToPath(new URL("bin/baton.mjs", import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

export interface Settings {
  readonly cwd?: string;
  readonly input?: string;
  readonly env?: { readonly [name: string]: string };
  /** The Node that runs it, where it is not this one. */
  readonly node?: string;
}

/** Runs a command to its end. */
export function runCommand(args: readonly string[], settings: Settings = {}): Promise<Ended> {
  return startCommand(args, settings).ended;
}

/** Starts a command; `ended` resolves when it and its output have ended. */
export function startCommand(args: readonly string[], settings: Settings = {}): { child: ChildProcess; ended: Promise<Ended> } {
  const child = start(args, settings);
  let out = "";
  let err = "";
  child.stdout?.on("data", (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on("data", (chunk: Buffer) => (err += chunk.toString()));
  child.stdin?.end(settings.input ?? "");
  return { child, ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, out, err }))) };
}

/** Starts a server on a free port; resolves with its address when it answers. */
export function startUp(args: readonly string[], settings: Settings = {}): Promise<{ url: string; process: ChildProcess }> {
  const child = start(["up", "--port", "0", ...args], settings);
  let printed = "";
  return new Promise((resolve, reject) => {
    const collect = (chunk: Buffer): void => {
      printed += chunk.toString();
      const url = /http:\/\/[^\s,"]+(?=[\s,"])/.exec(printed)?.[0];
      if (url) resolve({ url, process: child });
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${printed}`)));
  });
}

/** Ends a process and waits until it is gone. */
export function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    child.once("exit", (code) => resolve(code));
    child.kill(signal);
  });
}

/** A Node on this machine's path that is too old to run TypeScript; undefined where there is none. */
export function olderNode(): string | undefined {
  const onPath = (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, "node"));
  return onPath.filter((path) => existsSync(path)).find((path) => /^v2[0-3]\./.test(spawnSync(path, ["-v"], { encoding: "utf8" }).stdout));
}

function start(args: readonly string[], { cwd, env, node = process.execPath }: Settings): ChildProcess {
  const inherited = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("BATON_")));
  return spawn(node, [baton, ...args], { cwd, env: { ...inherited, ...env }, stdio: ["pipe", "pipe", "pipe"] });
}
