// From an order to the Job that a cluster is asked for. Everything that a successor needs to go on with it is written on it,
// in labels to find it by and annotations.
//
// - Its pod has a scheduler of its own name, so nobody but us gives it a node, and only once (kubernetes-job.ts).
// - It is tried once: what comes after a failure is decided by whoever placed it.
// - Input lies in an annotation that the container sees as a file, so that it is there as soon as the Job is.
import { createHash } from "node:crypto";
import { formatBytes, type Json, type JsonObject } from "@baton/core";
import { deadlineAllowanceSeconds, defaultGraceMs, maxPodInputBytes } from "../limits.ts";
import type { ContainerCleanup, JobSpec, KubernetesProgram } from "../port.ts";
import { termsOf, type JobTerms } from "../state/job-folder.ts";
import type { ClusterObject } from "./objects.ts";
import { containerName } from "./pod-end.ts";

/** The scheduler that pods of ours wait for: us. */
export const schedulerName = "baton";

/** What Jobs and pods are found by. */
export const labels = { owner: "baton.owner", job: "baton.job" } as const;

/** What a successor reads. */
export const annotations = {
  allocation: "baton.allocation",
  token: "baton.token",
  node: "baton.node",
  terms: "baton.terms",
  startedAt: "baton.started-at",
  /** The uid of the one pod that may run. */
  pod: "baton.pod",
  input: "baton.input",
  cleanup: "baton.cleanup",
} as const;

const inputFolder = "/run/baton";
const redirect = `exec "$@" < ${inputFolder}/input`;

/** Which Job an order becomes: the same order always the same one. */
export function jobName(owner: string, { allocation, token }: Pick<JobSpec, "allocation" | "token">): string {
  const digest = createHash("sha256")
    .update(JSON.stringify([owner, allocation, token]))
    .digest("hex")
    .slice(0, digestLength);
  const shown = allocation
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, shownLength);
  return `baton-${shown}-${digest}`.replaceAll(/-+/g, "-");
}

/** Names of Jobs become labels of pods, of at most 63 characters. */
const digestLength = 16;
const shownLength = 40;

/** What of an order for a cluster can be seen to be wrong. */
export function podProblem({ stdin }: JobSpec, program: KubernetesProgram): string | undefined {
  if (!/^[a-zA-Z0-9][^\s\0]*$/.test(program.image)) return `${JSON.stringify(program.image)} is not the name of an image.`;
  if (stdin === undefined) return undefined;
  if (program.command === undefined)
    return "Input needs a command: in a cluster it is handed over by a shell of the image, which must know what to start.";
  const bytes = Buffer.byteLength(stdin);
  return bytes > maxPodInputBytes
    ? `The input has ${formatBytes(bytes)}; a cluster takes at most ${formatBytes(maxPodInputBytes)}.`
    : undefined;
}

/** The body of the request that creates the Job. */
export function jobManifest(spec: JobSpec, program: KubernetesProgram, owner: string, startedAt: number): JsonObject {
  const name = jobName(owner, spec);
  const { allocation, token } = spec;
  const own = { ...program.labels, "app.kubernetes.io/managed-by": "baton", [labels.owner]: owner, [labels.job]: name };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      labels: own,
      annotations: {
        [annotations.allocation]: allocation,
        [annotations.token]: String(token),
        [annotations.node]: program.node,
        [annotations.terms]: JSON.stringify(termsOf(spec)),
        [annotations.startedAt]: String(startedAt),
        ...(program.cleanup !== undefined && { [annotations.cleanup]: JSON.stringify(program.cleanup) }),
      },
    },
    spec: {
      backoffLimit: 0,
      template: {
        metadata: { labels: own, annotations: { ...keptFromMoving, ...(spec.stdin !== undefined && { [annotations.input]: spec.stdin }) } },
        spec: podSpec(spec, program),
      },
    },
  };
}

/** What makes room in a cluster by moving pods lets those of jobs be: a job that is moved begins anew. */
const keptFromMoving: JsonObject = { "cluster-autoscaler.kubernetes.io/safe-to-evict": "false", "karpenter.sh/do-not-disrupt": "true" };

function podSpec(spec: JobSpec, program: KubernetesProgram): JsonObject {
  const { timeoutMs, graceMs = defaultGraceMs } = spec;
  const { serviceAccount, priorityClass, pullSecrets = [], tolerations = [] } = program;
  return {
    restartPolicy: "Never",
    schedulerName,
    terminationGracePeriodSeconds: wholeSeconds(graceMs),
    // The executor keeps the timeout; this is for the time that none is there.
    ...(timeoutMs !== undefined && { activeDeadlineSeconds: wholeSeconds(timeoutMs + graceMs) + deadlineAllowanceSeconds }),
    // Else a shell as the first process of the container would not hear of SIGTERM, and nobody would bury orphans.
    shareProcessNamespace: true,
    enableServiceLinks: false,
    automountServiceAccountToken: serviceAccount !== undefined,
    ...(serviceAccount !== undefined && { serviceAccountName: serviceAccount }),
    ...(priorityClass !== undefined && { priorityClassName: priorityClass }),
    ...securityOf(program),
    ...(pullSecrets.length > 0 && { imagePullSecrets: pullSecrets.map((name) => ({ name })) }),
    ...(tolerations.length > 0 && { tolerations }),
    containers: [container(spec, program)],
    ...(spec.stdin !== undefined && { volumes: [inputVolume] }),
  };
}

const inputVolume: Json = {
  name: "baton",
  downwardAPI: { items: [{ path: "input", fieldRef: { fieldPath: `metadata.annotations['${annotations.input}']` } }] },
};

function container(spec: JobSpec, program: KubernetesProgram): JsonObject {
  const { env, stdin, cwd, token } = spec;
  const amounts = resourcesOf(spec, program);
  const line = [...(program.command ?? []), ...program.args];
  const command =
    stdin === undefined ? { command: program.command, args: program.args } : { command: ["/bin/sh", "-c", redirect, "sh"], args: line };
  return {
    name: containerName,
    image: program.image,
    imagePullPolicy: pullPolicies[program.pull ?? "missing"],
    ...(command.command !== undefined && { command: command.command.map(literal) }),
    ...(command.args.length > 0 && { args: command.args.map(literal) }),
    env: Object.entries({ ...env, BATON_FENCING_TOKEN: String(token) }).map(([name, value]) => ({ name, value: literal(value) })),
    ...(cwd !== undefined && { workingDir: cwd }),
    resources: { requests: amounts, limits: amounts },
    ...(program.restricted === true && { securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } } }),
    ...(stdin !== undefined && { volumeMounts: [{ name: "baton", mountPath: inputFolder, readOnly: true }] }),
  };
}

function securityOf({ restricted = false, user }: KubernetesProgram): JsonObject {
  const confined: JsonObject = restricted ? { runAsNonRoot: true, seccompProfile: { type: "RuntimeDefault" } } : {};
  const context: JsonObject = { ...confined, ...(user !== undefined && { runAsUser: user, runAsGroup: user, fsGroup: user }) };
  return Object.keys(context).length === 0 ? {} : { securityContext: context };
}

const pullPolicies = { missing: "IfNotPresent", always: "Always", never: "Never" } as const;

/** Clusters replace $(NAME) in commands, arguments and variables; two dollars are one. */
function literal(text: string): string {
  return text.replaceAll("$", "$$$$");
}

function resourcesOf({ limits }: JobSpec, { resources = {} }: KubernetesProgram): { readonly [resource: string]: string } {
  const { cpuMillis, memoryBytes, diskBytes } = limits;
  return {
    ...(cpuMillis !== undefined && { cpu: `${cpuMillis}m` }),
    ...(memoryBytes !== undefined && { memory: String(memoryBytes) }),
    ...(diskBytes !== undefined && { "ephemeral-storage": String(diskBytes) }),
    ...Object.fromEntries(Object.entries(resources).map(([name, amount]) => [name, String(amount)])),
  };
}

/** Clusters count in seconds, and take nought for "at once, whatever still runs". */
export function wholeSeconds(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

/** What is written on a Job. */
export interface WrittenIdentity {
  readonly allocation: string;
  readonly token: number;
  readonly startedAt: number;
  readonly terms: JobTerms;
  readonly node: string;
}

/** Who a Job is, from what is written on it; undefined where it is none of ours. */
export function identityOf({ metadata }: ClusterObject): WrittenIdentity | undefined {
  const notes = metadata.annotations ?? {};
  const [allocation, token, terms] = [notes[annotations.allocation], notes[annotations.token], notes[annotations.terms]];
  if (allocation === undefined || token === undefined || terms === undefined) return undefined;
  const startedAt = Number(notes[annotations.startedAt]);
  return { allocation, token: Number(token), startedAt, terms: JSON.parse(terms) as JobTerms, node: notes[annotations.node] ?? "" };
}

/** What is to become of a Job that nobody needs any more: a change that leaves it to others, or undefined where it is to go. */
export function leftToOthers({ metadata }: ClusterObject): JsonObject | undefined {
  const cleanup = JSON.parse(metadata.annotations?.[annotations.cleanup] ?? '{"kind":"always"}') as ContainerCleanup;
  if (cleanup.kind === "always") return undefined;
  const notOurs = { metadata: { labels: { [labels.owner]: null } } };
  return cleanup.kind === "never" ? notOurs : { ...notOurs, spec: { ttlSecondsAfterFinished: wholeSeconds(cleanup.afterMs) } };
}
