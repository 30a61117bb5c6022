// What can be scaled: deployments of this server, workloads of a Kubernetes cluster, and whatever listens at an address.
import type { Instant, Json, Random } from "@baton/core";
import { signatureHeaders, signingKeyOf, type MessageSender } from "@baton/executors";
import type { Deployments } from "../deployments/deployments.ts";
import { runtimeError } from "../errors.ts";
import type { Secrets } from "../secrets/secrets.ts";
import type { ScaleTargetSpec } from "./spec.ts";

/** Workloads of clusters. Throws a BatonError for what cannot be reached or changed. */
export interface ClusterScale {
  read(target: Extract<ScaleTargetSpec, { kind: "kubernetes" }>): Promise<number>;
  /** Changes nothing, and throws, where there are not `from` any more. */
  write(target: Extract<ScaleTargetSpec, { kind: "kubernetes" }>, change: { readonly from: number; readonly to: number }): Promise<void>;
}

/** What targets are reached with. */
export interface TargetParts {
  readonly deployments: Deployments;
  readonly clusters: ClusterScale;
  readonly sender: MessageSender;
  readonly secrets: Pick<Secrets, "read">;
  readonly tenant: string;
  readonly now: () => Instant;
  readonly random: Random;
}

/** What is told of a change. */
export interface ScaleMessage {
  readonly autoscaler: string;
  readonly current: number;
  readonly desired: number;
  readonly why: string;
  /** The same each time that it is told: a receiver knows a repetition by it. */
  readonly id: string;
}

/** Where a target stands. */
export interface TargetState {
  readonly current: number;
  /** What the target itself allows, where it says so. */
  readonly min?: number;
  readonly max?: number;
}

/** How many there are to be now; `asked` is what was asked for last, which is all that is known of what listens at an address. */
export async function readTarget({ deployments, clusters }: TargetParts, target: ScaleTargetSpec, asked: number): Promise<TargetState> {
  if (target.kind === "deployment") return deployments.scalable(target.name);
  return { current: target.kind === "kubernetes" ? await clusters.read(target) : asked };
}

/** What tells a target from others: two autoscalers of one would undo what the other does. */
export function targetKey(target: ScaleTargetSpec): string {
  if (target.kind === "webhook") return `webhook ${target.url}`;
  if (target.kind === "deployment") return `deployment ${target.name}`;
  return `kubernetes ${target.cluster ?? ""} ${target.namespace ?? ""} ${target.name}`;
}

/** Asks for another number. */
export async function writeTarget(parts: TargetParts, target: ScaleTargetSpec, message: ScaleMessage): Promise<void> {
  const { autoscaler, current, desired, why } = message;
  if (target.kind === "deployment") return parts.deployments.scale(target.name, desired, { actor: `autoscaler ${autoscaler}`, why });
  if (target.kind === "kubernetes") return parts.clusters.write(target, { from: current, to: desired });
  return tell(parts, target, message);
}

async function tell(
  parts: TargetParts,
  { url, secret }: Extract<ScaleTargetSpec, { kind: "webhook" }>,
  message: ScaleMessage,
): Promise<void> {
  const at = parts.now();
  const { id, ...told } = message;
  const body = JSON.stringify(told);
  const signed = secret === null ? {} : signatureHeaders([keyOf(parts, secret)], { id, at, body });
  const outcome = await parts.sender.send({ url, headers: { "content-type": "application/json", ...signed }, body });
  if (outcome.kind === "unanswered") throw runtimeError("scale-target-failed", { message: outcome.problem, where: url });
  if (outcome.status < 200 || outcome.status > 299)
    throw runtimeError("scale-target-failed", { message: `It answered ${outcome.status}.`, where: url });
}

function keyOf({ secrets, tenant }: TargetParts, name: string): Uint8Array {
  const value: Json | undefined = secrets.read(tenant, "default", name);
  const key = typeof value === "string" ? signingKeyOf(value) : null;
  if (key !== null) return key;
  throw runtimeError("scale-target-failed", { message: `There is no secret ${name} that messages can be signed with.`, where: name });
}
