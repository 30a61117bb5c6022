// The processes of the demo: the shop's services and the Baton server, each started, watched and ended here.
import { fork, spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Report } from "./services/service.ts";

const baton = fileURLToPath(new URL("../../packages/cli/bin/baton.mjs", import.meta.url));

/** A report of a service that a request was answered. */
export type Answered = Extract<Report, { type: "answered" }>;

/** Starts one of the shop's services; resolves with its address. */
export function startService(name: string, onAnswer: (answered: Answered) => void): Promise<{ url: string; process: ChildProcess }> {
  const child = fork(new URL(`./services/${name}.ts`, import.meta.url), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => reject(new Error(`the ${name} service ended at once (exit code ${code})`)));
    child.on("message", (message: Report) => {
      if (message.type === "listening") resolve({ url: message.url, process: child });
      else onAnswer(message);
    });
  });
}

/** Starts a Baton server on a data folder; resolves when it answers. */
export async function startBaton(dataFolder: string): Promise<{ url: string; process: ChildProcess }> {
  const { url, process: child } = launchBaton(dataFolder);
  return { url: await url, process: child };
}

/** A server's process, and where it listens once it does. */
export interface LaunchedServer {
  readonly url: Promise<string>;
  readonly process: ChildProcess;
}

/** Starts a server; `url` is refused when the process ends before it listens. */
export function launchBaton(dataFolder: string): LaunchedServer {
  const child = spawn(process.execPath, [baton, "up", "--data", dataFolder, "--port", "0", "--log", "warning"], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = new Promise<string>((resolve, reject) => {
    let printed = "";
    child.once("exit", (code) => reject(new Error(`the server ended before it was ready (exit code ${code})`)));
    child.stdout.on("data", (chunk: Buffer) => {
      printed += chunk.toString();
      const found = /http:\/\/\S+/.exec(printed)?.[0];
      if (found) resolve(found);
    });
  });
  return { url, process: child };
}

/** Runs a baton command against a server; `onLine` hears what it says, the promise what it prints. */
export function runBaton(url: string, args: readonly string[], onLine: (line: string) => void): Promise<{ code: number; output: string }> {
  const child = spawn(process.execPath, [baton, "--server", url, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let output = "";
  let said = "";
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString();
  });
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
    const lines = said.split("\n");
    said = lines.pop() as string;
    lines.forEach(onLine);
  });
  return new Promise((resolve) => child.on("close", (code) => resolve({ code: code ?? 1, output })));
}

/** Ends a process with a signal and waits until it is gone. */
export function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.removeAllListeners("exit");
    child.once("exit", () => resolve());
    child.kill(signal);
  });
}
