// Why a container could not be started. Engines have no codes for it, only words, and each its own: this is the one place
// that reads them. What the words do not tell, the order does: its image, its command, its name, its volumes and ports.
import { existsSync } from "node:fs";
import { formatBytes } from "@baton/core";
import type { JobFailureCode } from "../errors.ts";
import type { Refusal } from "../launcher/command.ts";
import type { ContainerProgram, JobLimits } from "../port.ts";
import { EngineRefusal } from "./engine-client.ts";
import { ImageMissing } from "./image.ts";

/** What was to be started. */
export interface ContainerOrder {
  readonly program: ContainerProgram;
  readonly limits: JobLimits;
}

interface Meaning {
  readonly says: RegExp;
  readonly code: JobFailureCode;
  readonly tell: (order: ContainerOrder, words: string, found: string) => string;
}

/** The first that fits counts: a missing file means a volume before it means a command. */
const meanings: readonly Meaning[] = [
  { says: /bind source path does not exist: (.+)$/i, code: "volume-missing", tell: ({ program }, _, path) => missingVolume(program, path) },
  {
    says: /container name .* is already in use/i,
    code: "container-name-taken",
    tell: ({ program }) => `A container with the name ${program.name ?? "of this job"} is on this node already.`,
  },
  {
    says: /port is already allocated|address already in use/i,
    code: "container-port-taken",
    tell: ({ program }, words) => `A port of this node that the container wants (${portsOf(program)}) is taken: ${words}`,
  },
  {
    says: /network .*not found|unable to find network/i,
    code: "job-spec-invalid",
    tell: ({ program }) => `The container engine of this node has no network ${JSON.stringify(program.network ?? "")}.`,
  },
  {
    says: /invalid reference format|must be lowercase/i,
    code: "job-spec-invalid",
    tell: ({ program }, words) => `${JSON.stringify(program.image)} is not the name of an image: ${words}`,
  },
  {
    says: /minimum memory limit|unable to set memory limit/i,
    code: "job-spec-invalid",
    tell: ({ limits }, words) => `No container can run with ${formatBytes(limits.memoryBytes ?? 0)} of memory: ${words}`,
  },
  { says: /executable file .*not found|no such file or directory/i, code: "command-not-found", tell: noCommand },
  { says: /permission denied/i, code: "command-not-permitted", tell: forbiddenCommand },
];

/** What came in the way of a container, from what was thrown. */
export function startFailure(error: unknown, order: ContainerOrder): Refusal {
  const words = error instanceof Error ? error.message : String(error);
  if (error instanceof ImageMissing) return { code: "image-missing", message: words };
  if (error instanceof VolumeMissing) return { code: "volume-missing", message: words };
  if (!(error instanceof EngineRefusal))
    return { code: "container-engine-unavailable", message: `The container engine cannot be reached: ${words}.` };
  for (const { says, code, tell } of meanings) {
    const found = says.exec(words);
    if (found !== null) return { code, message: tell(order, words, found[1] ?? "") };
  }
  return { code: error.status === 400 ? "job-spec-invalid" : "job-start-failed", message: words };
}

const shellCodes: readonly number[] = [126, 127];

/** The engine's init program starts the command, and says on stderr that it could not. */
export function initFailure(exitCode: number, stderr: string): Refusal | undefined {
  if (!shellCodes.includes(exitCode)) return undefined;
  const complaint = /^(?:\[FATAL tini[^\]]*\] |.*catatonit\S* )([^\n]*(No such file or directory|Permission denied))/.exec(stderr);
  if (complaint === null) return undefined;
  const [, words = "", why] = complaint;
  return why === "Permission denied"
    ? { code: "command-not-permitted", message: `The image's command may not be executed: ${words}.` }
    : { code: "command-not-found", message: `The image has no such command: ${words}.` };
}

/** Something that a container is to see is not on the machine. */
export class VolumeMissing extends Error {
  override readonly name = "VolumeMissing";
}

/** For engines that make an empty folder of whatever is missing, also where nobody asked for it. Throws a VolumeMissing. */
export function checkVolumes(program: ContainerProgram): void {
  const missing = program.volumes?.find(({ host, create }) => create !== true && !existsSync(host));
  if (missing !== undefined) throw new VolumeMissing(missingVolume(program, missing.host));
}

function missingVolume({ volumes = [] }: ContainerProgram, path: string): string {
  const target = volumes.find(({ host }) => host === path)?.container;
  return `There is no ${path} on this node${target === undefined ? "" : `, which the container is to see as ${target}`}.`;
}

function noCommand({ program }: ContainerOrder, words: string): string {
  return `The image ${program.image} has no command ${commandOf(program)}: ${words}`;
}

function forbiddenCommand({ program }: ContainerOrder, words: string): string {
  return `The command ${commandOf(program)} of the image ${program.image} may not be executed: ${words}`;
}

function commandOf({ command = [], args }: ContainerProgram): string {
  const [first] = [...command, ...args];
  return first === undefined ? "of its own" : JSON.stringify(first);
}

function portsOf({ ports = [] }: ContainerProgram): string {
  return ports.map(({ host }) => host).join(", ");
}
