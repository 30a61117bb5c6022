// A container, as people write it: an image, or an object that says more.
import type { ContainerVolume, ContainerWork } from "@baton/executors";
import { longestArgument, mostArguments, mostMounts } from "../limits.ts";
import { given, spanOf, type Fields } from "./fields.ts";

const containerFields = ["image", "pull", "name", "command", "arguments", "volumes", "ports", "network", "cleanup", "kubernetes"];
/** What containers call it elsewhere. */
const containerWords: ReadonlyMap<string, string> = new Map([
  ["args", "arguments"],
  ["entrypoint", "command"],
  ["env", "the job's environment"],
  ["environment", "the job's environment"],
  ["stdin", "the job's payload"],
  ["resources", "the job's resources"],
]);
const longestImage = 500;
const longestPath = 4096;
const longestName = 250;
const image = { is: /^[a-zA-Z0-9][^\s\0]*$/, what: 'the name of an image, such as "alpine:3"' };
const name = { is: /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/, what: "letters, digits, dots, hyphens and underscores" };
const path = { is: /^\/[^:\0]*$/, what: "an absolute path without a colon" };
const mostPorts = 65_535;

/** The container; undefined where it is wrong. */
export function readContainer(fields: Fields): ContainerWork | undefined {
  if (typeof fields.raw("container") === "string") {
    const plain = fields.text("container", longestImage, image);
    return plain === undefined ? undefined : { kind: "container", image: plain, arguments: [] };
  }
  const container = fields.object("container");
  if (container === undefined) return undefined;
  container.only(containerFields, containerWords);
  if (!container.has("image")) container.wrong("image", "a container needs an image");
  const read = given<ContainerWork>({
    kind: "container",
    image: container.text("image", longestImage, image),
    pull: container.choice("pull", ["missing", "always", "never"]),
    name: container.text("name", longestName, name),
    command: readTexts(container, "command"),
    arguments: readTexts(container, "arguments") ?? [],
    volumes: container.objects("volumes", mostMounts)?.map(readVolume),
    ports: container.objects("ports", mostMounts)?.map(readPort),
    network: container.text("network", longestName),
    cleanup: readCleanup(container),
    kubernetes: readKubernetes(container),
  });
  return container.has("image") ? read : undefined;
}

function readTexts(fields: Fields, key: "command" | "arguments"): readonly string[] | undefined {
  const texts = fields.texts(key, mostArguments, longestArgument);
  return texts?.some((text) => text.includes("\0")) ? fields.wrong(key, `${key} must not hold a null character`) : texts;
}

function readVolume(fields: Fields): ContainerVolume {
  fields.only(["host", "container", "readOnly", "create"]);
  const flags = { readOnly: fields.flag("readOnly"), create: fields.flag("create") };
  return given<ContainerVolume>({ host: pathOf(fields, "host"), container: pathOf(fields, "container"), ...flags });
}

function pathOf(fields: Fields, key: string): string {
  if (!fields.has(key)) fields.wrong(key, `a volume needs ${key}`);
  return fields.text(key, longestPath, path) ?? "";
}

function readPort(fields: Fields): NonNullable<ContainerWork["ports"]>[number] {
  fields.only(["host", "container"]);
  return { host: portOf(fields, "host"), container: portOf(fields, "container") };
}

function portOf(fields: Fields, key: string): number {
  if (!fields.has(key)) fields.wrong(key, `a port needs ${key}`);
  return fields.whole(key, 1, mostPorts) ?? 1;
}

const objectName = { is: /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, what: "lower-case letters, digits, dots and hyphens" };
const labelName = /^[\w./-]{1,317}$/;
const longestLabel = 63;
const mostSecrets = 20;
const largestUser = 2 ** 31 - 1;

/** What only a Kubernetes cluster understands; undefined where a volume, port or network needs a machine. */
function readKubernetes(container: Fields): ContainerWork["kubernetes"] {
  const fields = container.object("kubernetes");
  if (fields === undefined) return undefined;
  fields.only(["namespace", "serviceAccount", "labels", "pullSecrets", "priorityClass", "restricted", "user"]);
  for (const field of ["volumes", "ports", "network"])
    if (container.has(field))
      container.wrong(field, `${field} is for machines with Docker or Podman, kubernetes for a cluster: leave one out`);
  return given<NonNullable<ContainerWork["kubernetes"]>>({
    namespace: fields.text("namespace", longestLabel, objectName),
    serviceAccount: fields.text("serviceAccount", longestName, objectName),
    labels: fields.map("labels", labelName, longestLabel),
    pullSecrets: fields.texts("pullSecrets", mostSecrets, longestName),
    priorityClass: fields.text("priorityClass", longestName, objectName),
    restricted: fields.flag("restricted"),
    user: fields.whole("user", 0, largestUser),
  });
}

/** `always`, `never`, or how long after its end. */
function readCleanup(fields: Fields): ContainerWork["cleanup"] {
  const written = fields.raw("cleanup");
  if (written === undefined) return undefined;
  if (written === "always" || written === "never") return { kind: written };
  const afterMs = typeof written === "string" ? spanOf(written) : undefined;
  if (afterMs !== undefined && afterMs > 0) return { kind: "eventually", afterMs };
  return fields.wrong("cleanup", 'cleanup must be "always", "never", or how long after its end, such as "10m"');
}
