// From an order to what the engine is asked to create.
import { realpathSync } from "node:fs";
import type { Json } from "@baton/core";
import { markName } from "../containment/processes.ts";
import { defaultMaxPids, engineLogBytes } from "../limits.ts";
import type { ContainerProgram, JobSpec } from "../port.ts";

/** The labels by which an executor knows its containers. */
export const labels = {
  allocation: "baton.allocation",
  token: "baton.token",
  owner: "baton.owner",
  cleanup: "baton.cleanup",
} as const;

/** The engine keeps a copy of the output for the time that nobody reads it; so much of it. */
const logConfig: Json = { Type: "json-file", Config: { "max-size": `${engineLogBytes / 2}`, "max-file": "2" } };

/** The name of a container, unless the order has one. */
export function containerName(spec: JobSpec, program: ContainerProgram): string {
  return program.name ?? `baton-${spec.allocation}`;
}

/** The body of the request that creates the container. */
export function containerConfig(spec: JobSpec, program: ContainerProgram, owner: string, withInit: boolean): Json {
  const { env, allocation, token, stdin, cwd } = spec;
  const hasInput = stdin !== undefined;
  return {
    Image: program.image,
    ...(program.command === undefined ? {} : { Entrypoint: [...program.command] }),
    ...(program.args.length === 0 ? {} : { Cmd: [...program.args] }),
    Env: Object.entries({ ...env, [markName]: allocation, BATON_FENCING_TOKEN: String(token) }).map(([name, value]) => `${name}=${value}`),
    ...(cwd === undefined ? {} : { WorkingDir: cwd }),
    Labels: {
      [labels.allocation]: allocation,
      [labels.token]: String(token),
      [labels.owner]: owner,
      [labels.cleanup]: JSON.stringify(program.cleanup ?? { kind: "always" }),
    },
    OpenStdin: hasInput,
    StdinOnce: hasInput,
    AttachStdin: hasInput,
    Tty: false,
    ExposedPorts: Object.fromEntries((program.ports ?? []).map(({ container }) => [`${container}/tcp`, {}])),
    HostConfig: hostConfig(spec, program, withInit),
  };
}

function hostConfig({ limits }: JobSpec, program: ContainerProgram, withInit: boolean): Json {
  const { memoryBytes, cpuMillis, pids } = limits;
  const bindings = Object.groupBy(program.ports ?? [], ({ container }) => `${container}/tcp`);
  return {
    LogConfig: logConfig,
    // Else a shell as the first process of the container would not hear of SIGTERM, and nobody would bury orphans.
    Init: withInit,
    PidsLimit: pids ?? defaultMaxPids,
    ...(memoryBytes === undefined ? {} : { Memory: memoryBytes, MemorySwap: memoryBytes }),
    ...(cpuMillis === undefined ? {} : { NanoCpus: cpuMillis * 1_000_000 }),
    ...(program.network === undefined ? {} : { NetworkMode: program.network }),
    ...volumes(program),
    PortBindings: Object.fromEntries(
      Object.entries(bindings).map(([name, ports = []]) => [name, ports.map(({ host }) => ({ HostPort: String(host) }))]),
    ),
  };
}

/** Engines make what is missing of a bind, and refuse a mount of what is missing. */
function volumes({ volumes: all = [] }: ContainerProgram): { readonly [field: string]: Json } {
  const made = all.filter(({ create }) => create === true);
  const mounted = all.filter(({ create }) => create !== true);
  return {
    Binds: made.map(({ host, container, readOnly }) => `${host}:${container}${readOnly === true ? ":ro" : ""}`),
    Mounts: mounted.map(({ host, container, readOnly = false }) => ({ Type: "bind", Source: host, Target: container, ReadOnly: readOnly })),
  };
}

/** What is wrong with an order for a container; `volumeRoots` are the folders that may be mounted, absent: all. */
export function containerProblem(program: ContainerProgram, volumeRoots: readonly string[] | undefined): string | undefined {
  if (!/^[a-zA-Z0-9][^\s\0]*$/.test(program.image)) return `${JSON.stringify(program.image)} is not the name of an image.`;
  if (program.name !== undefined && !/^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/.test(program.name))
    return `${JSON.stringify(program.name)} is not a name that a container can have.`;
  for (const { host, container } of program.volumes ?? []) {
    if (![host, container].every((path) => path.startsWith("/") && !path.includes(":")))
      return `The volume ${host} on ${container} needs two absolute paths without a colon.`;
    if (/^\/+$/.test(container)) return `The volume ${host} may not take the place of all that is in the container.`;
    if (!isWithin(host, volumeRoots)) return `The folder ${host} may not be mounted on this node.`;
  }
  const targets = (program.volumes ?? []).map(({ container }) => container);
  const twice = targets.find((target, i) => targets.indexOf(target) < i);
  if (twice !== undefined) return `Two volumes are to be seen as ${twice}.`;
  const ports = (program.ports ?? []).flatMap(({ host, container }) => [host, container]);
  const wrong = ports.find((port) => !(Number.isInteger(port) && port > 0 && port < 65_536));
  return wrong === undefined ? undefined : `${wrong} is not a port.`;
}

/** By what the path leads to, so that a link does not lead out. */
function isWithin(path: string, roots: readonly string[] | undefined): boolean {
  if (roots === undefined) return true;
  try {
    const real = realpathSync(path);
    return roots.some((root) => real === root || real.startsWith(`${root}/`));
  } catch {
    return false;
  }
}
