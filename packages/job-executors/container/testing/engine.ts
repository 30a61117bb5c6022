// A container engine of the tests' own: Docker or Podman, started on a socket in a folder of its own where the program is
// installed and may run, and an image that is made of busybox without a registry.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync, copyFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { findProgram } from "../../find-program.ts";
import { EngineClient } from "../engine-client.ts";

/** An engine that runs. */
export interface TestEngine {
  readonly socketPath: string;
  readonly client: EngineClient;
  stop(): Promise<void>;
  /** Starts it again after `stop`, over the same containers. */
  restart(): Promise<void>;
  remove(): Promise<void>;
}

/** The image that every test engine has. */
export const testImage = "baton-test:latest";

const startAttempts = 3000;
const pauseMs = 100;

/** The busybox of the machine that needs no libraries. */
function staticBusybox(): string | undefined {
  const path = findProgram("busybox", process.env["PATH"] ?? "");
  return path !== undefined && !needsLoader(readFileSync(path)) ? path : undefined;
}

/** Whether a 64-bit little-endian ELF file has a program header of the type PT_INTERP. */
function needsLoader(elf: Buffer): boolean {
  const [offset, size, count] = [Number(elf.readBigUInt64LE(32)), elf.readUInt16LE(54), elf.readUInt16LE(56)];
  return Array.from({ length: count }, (_, i) => elf.readUInt32LE(offset + i * size)).includes(3);
}

/** Whether an engine can be started here. */
export function canRun(program: "dockerd" | "podman"): boolean {
  return process.getuid?.() === 0 && findProgram(program, process.env["PATH"] ?? "") !== undefined && staticBusybox() !== undefined;
}

/** Starts Docker, without networks: containers have "none" and "host". */
export async function startDocker(): Promise<TestEngine> {
  return startEngine((folder, socket) => {
    const places = ["--data-root", `${folder}/data`, "--exec-root", `${folder}/exec`, "-p", `${folder}/pid`];
    const network = ["--iptables=false", "--bridge=none", "--ip-forward=false", "--ip-masq=false"];
    return { program: "dockerd", args: ["-H", `unix://${socket}`, ...places, ...network, "--live-restore"], env: {} };
  });
}

/** Starts Podman's service. */
export async function startPodman(): Promise<TestEngine> {
  return startEngine((folder, socket) => {
    const config = join(folder, "containers.conf");
    const limits = 'default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]';
    writeFileSync(config, `[containers]\n${limits}\n[engine]\nruntime = "runc"\ncgroup_manager = "cgroupfs"\nevents_logger = "file"\n`);
    const places = ["--root", `${folder}/data`, "--runroot", `${folder}/run`, "--tmpdir", `${folder}/tmp`];
    return { program: "podman", args: [...places, "system", "service", "--time=0", `unix://${socket}`], env: { CONTAINERS_CONF: config } };
  });
}

type Command = (folder: string, socket: string) => { readonly program: string; readonly args: readonly string[]; readonly env: object };

async function startEngine(command: Command): Promise<TestEngine> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "engine-")));
  const socketPath = join(folder, "socket");
  const client = new EngineClient(socketPath);
  let child: ChildProcess;
  const start = async (): Promise<void> => {
    const { program, args, env } = command(folder, socketPath);
    child = spawn(program, args, { cwd: folder, stdio: "ignore", env: { ...process.env, ...env } });
    await until(() => client.ask({ method: "GET", path: "/version" }).then(() => true));
  };
  const stop = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill("SIGTERM");
    await gone;
  };
  await start();
  await importImage(socketPath, folder);
  return {
    socketPath,
    client,
    stop,
    restart: start,
    remove: async () => {
      try {
        await removeContainers(client);
      } finally {
        client.close();
        await stop();
      }
      unmountBelow(folder);
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** Else they would run on: the engine lets them live while it is restarted. One that is being removed already is gone soon. */
async function removeContainers(client: EngineClient): Promise<void> {
  await until(async () => {
    const all = (await client.ask({ method: "GET", path: "/containers/json", query: { all: true } })) as readonly { readonly Id: string }[];
    for (const { Id } of all) await client.ask({ method: "DELETE", path: `/containers/${Id}`, query: { force: true } });
    return all.length === 0;
  });
}

/** Engines leave the mount of a network behind. */
function unmountBelow(folder: string): void {
  const points = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .flatMap((line) => line.split(" ")[4] ?? []);
  for (const point of points.reverse()) if (point.startsWith(`${folder}/`)) execFileSync("umount", ["-l", point]);
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < startAttempts; attempt++) {
    if (await isSo().catch(() => false)) return;
    await sleep(pauseMs);
  }
  throw new Error("The container engine did not come so far.");
}

const programs = ["sh", "cat", "sleep", "echo", "printf", "env", "head", "true", "kill", "ls", "id", "pwd", "tr"];

async function importImage(socketPath: string, folder: string): Promise<void> {
  const image = join(folder, "image");
  for (const name of ["bin", "tmp"]) mkdirSync(join(image, name), { recursive: true });
  copyFileSync(staticBusybox() ?? "", join(image, "bin", "busybox"));
  for (const name of programs) if (!existsSync(join(image, "bin", name))) symlinkSync("busybox", join(image, "bin", name));
  writeFileSync(join(image, "not-a-program"), "text", { mode: 0o644 });
  const archive = execFileSync("tar", ["-C", image, "-c", "."], { maxBuffer: 64 * 1024 * 1024 });
  const [repo, tag] = testImage.split(":");
  await new Promise<void>((resolve, reject) => {
    const path = `/images/create?fromSrc=-&repo=${repo}&tag=${tag}`;
    const outgoing = request({ socketPath, method: "POST", path, headers: { host: "engine", "content-type": "application/x-tar" } });
    outgoing.once("response", (response) => {
      response.resume();
      response.once("end", resolve);
    });
    outgoing.once("error", reject);
    outgoing.end(archive);
  });
}
