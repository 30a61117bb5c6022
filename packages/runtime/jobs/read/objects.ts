// Queues, tenants and the policy as people write them. A tenant is a queue at the top of the tree.
import { err, isArray, isObject, ok, type Json, type Result } from "@baton/core";
import type { Policy, QueueSpec } from "@baton/scheduler";
import { readPackage, type WrittenPackage } from "../../deployments/package.ts";
import { readAutoscaler, type AutoscalerSpec } from "../../scaling/spec.ts";
import { readDeployment, type DeploymentSpec } from "../../deployments/spec.ts";
import { Fields, given, type FieldProblem } from "./fields.ts";
import { readOrder, readPolicy } from "./policy.ts";
import type { ReadingFacts } from "./submission.ts";

/** Objects that are to be applied together. */
export interface WrittenObjects {
  readonly deployments: readonly DeploymentSpec[];
  readonly packages: readonly WrittenPackage[];
  readonly autoscalers: readonly AutoscalerSpec[];
  readonly queues: readonly QueueSpec[];
  /** Null: none was given. */
  readonly policy: Policy | null;
}

/** At most so many objects are applied at a time. */
const mostObjects = 10_000;
const kinds = ["tenant", "queue", "policy", "deployment", "package", "autoscaler"] as const;
const longestName = 100;
const name = { is: /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, what: "lower-case letters, digits, dots and hyphens" };
const queueFields = ["kind", "name", "tenant", "parent", "weight", "guarantee", "limit", "maxRunning", "order"];

/** The objects of a request, or all that is wrong with it. Parts that a policy leaves out stay as they are in `current`. */
export function readObjects(value: Json, current: Policy, facts: ReadingFacts): Result<WrittenObjects, readonly FieldProblem[]> {
  const problems: FieldProblem[] = [];
  if (!isObject(value) || !isArray(value["objects"])) return err([{ pointer: "/objects", detail: "objects must be a list" }]);
  const whole = new Fields(value, "", problems);
  whole.only(["objects"]);
  const queues: QueueSpec[] = [];
  const deployments: DeploymentSpec[] = [];
  const packages: WrittenPackage[] = [];
  const autoscalers: AutoscalerSpec[] = [];
  let policy: Policy | null = null;
  for (const fields of whole.objects("objects", mostObjects) ?? []) {
    const kind = fields.choice("kind", kinds);
    if (kind === "deployment") deployments.push(readDeployment(fields, facts));
    else if (kind === "autoscaler") autoscalers.push(readAutoscaler(fields));
    else if (kind === "package") packages.push(readPackage(fields));
    else if (kind === "policy") policy = readPolicy(fields, current) ?? policy;
    else if (kind !== undefined) queues.push(readQueue(fields, kind, facts));
    else if (!fields.has("kind")) fields.wrong("kind", `kind is needed: ${kinds.join(", ")}`);
  }
  return problems.length > 0 ? err(problems) : ok({ autoscalers, deployments, packages, queues, policy });
}

function readQueue(fields: Fields, kind: "tenant" | "queue", { resources }: ReadingFacts): QueueSpec {
  fields.only(kind === "queue" ? queueFields : queueFields.filter((field) => field !== "parent" && field !== "tenant"));
  const id = fields.text("name", longestName, name);
  if (!fields.has("name")) fields.wrong("name", `a ${kind} needs a name`);
  const weight = fields.number("weight", 0);
  if (weight === 0) fields.wrong("weight", "weight must be above 0");
  const parent = fields.text("parent", longestName) ?? fields.text("tenant", longestName);
  return given<QueueSpec>({
    id: id ?? "",
    parent: kind === "queue" ? parent : undefined,
    weight,
    guarantee: fields.amounts("guarantee", resources()),
    limit: fields.amounts("limit", resources()),
    maxRunning: fields.whole("maxRunning", 0, Number.MAX_SAFE_INTEGER),
    order: readOrder(fields),
  });
}
