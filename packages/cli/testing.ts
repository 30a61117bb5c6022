// Runs the real command in a process of its own, for the tests that need one.
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
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

/** A command that runs. */
export interface Started {
  readonly child: ChildProcess;
  /** Resolves when it and its output have ended. */
  readonly ended: Promise<Ended>;
  /** Resolves once it has written this, to either output; rejects where it ends without. */
  readonly said: (text: string) => Promise<void>;
}

/** Runs a command to its end. */
export function runCommand(args: readonly string[], settings: Settings = {}): Promise<Ended> {
  return startCommand(args, settings).ended;
}

/** Starts a command. */
export function startCommand(args: readonly string[], settings: Settings = {}): Started {
  const child = start(args, settings);
  let out = "";
  let err = "";
  child.stdout?.on("data", (text: string) => (out += text));
  child.stderr?.on("data", (text: string) => (err += text));
  // A command need not read its input to the end.
  child.stdin?.on("error", () => undefined);
  child.stdin?.end(settings.input ?? "");
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  const said = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (out.includes(text) || err.includes(text)) resolve();
      };
      child.stdout?.on("data", look);
      child.stderr?.on("data", look);
      void ended.then(({ code }) => reject(new Error(`it ended with ${code} and has not said "${text}": ${out}${err}`)));
      look();
    });
  return { child, ended, said };
}

/** Starts a server on a free port; resolves with its address when it answers. */
export function startUp(args: readonly string[], settings: Settings = {}): Promise<{ url: string; process: ChildProcess }> {
  const child = start(["up", "--port", "0", ...args], settings);
  let printed = "";
  return new Promise((resolve, reject) => {
    const collect = (text: string): void => {
      printed += text;
      const url = /^baton listens on (http:\S+) /m.exec(printed)?.[1];
      if (url !== undefined) resolve({ url, process: child });
    };
    child.stdout?.on("data", collect);
    child.stderr?.on("data", collect);
    child.once("close", (code) => reject(new Error(`the server ended with ${code}: ${printed}`)));
  });
}

/** A server of the tests of one file, in a folder of their own. It comes back at the same address, with the same data. */
export class OwnServer {
  /** For the files of the tests; the data lies in it. */
  readonly folder: string;
  readonly data: string;
  readonly #args: readonly string[];
  #port: string | undefined;
  #process: ChildProcess | undefined;

  constructor(name: string, ...args: readonly string[]) {
    this.folder = mkdtempSync(join(tmpdir(), `baton-${name}-`));
    this.data = join(this.folder, "data");
    this.#args = args;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    this.#port ??= await steadyPort();
    this.#process = (await startUp(["--data", this.data, "--port", this.#port, ...this.#args])).process;
  }

  async kill(): Promise<void> {
    if (this.#process !== undefined) await stop(this.#process, "SIGKILL");
  }

  /** Ends it, and removes its folder. */
  async remove(): Promise<void> {
    if (this.#process !== undefined) await stop(this.#process);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10 });
  }

  /** Runs a command that asks it. */
  readonly baton = (...args: readonly string[]): Promise<Ended> => runCommand(["--server", this.url, ...args]);
}

/** The ports below those that systems give to whoever asks for any. */
const steadyPorts = { first: 20_000, count: 10_000 } as const;

/** A free port for a server that comes back to it: while the server is down, nobody is given it by chance. */
export async function steadyPort(): Promise<string> {
  for (;;) {
    const port = steadyPorts.first + Math.floor(Math.random() * steadyPorts.count);
    if (await isFree(port)) return String(port);
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

/** Ends a process and waits until it is gone, and all that it has written has come. */
export function stop(child: ChildProcess, signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve(child.exitCode);
    child.once("close", (code) => resolve(code));
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
  const child = spawn(node, [baton, ...args], { cwd, env: { ...inherited, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  child.stdout.setEncoding("utf8");
  child.stderr.setEncoding("utf8");
  return child;
}
