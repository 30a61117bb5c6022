// Objects of the cluster as people write them. A tenant is a queue at the top of the tree.
import { err, isArray, isObject, nearest, ok, type Json, type Result } from "@baton/core";
import { checkTree, type Policy, type QueueSpec } from "@baton/scheduler";
import { readPackage, type WrittenPackage } from "../../deployments/package.ts";
import { readAutoscaler, type AutoscalerSpec } from "../../scaling/spec.ts";
import { readDeployment, type DeploymentSpec } from "../../deployments/spec.ts";
import { leavesBelow, queueOfTenant } from "../queues.ts";
import { Fields, given, resourceName, type FieldProblem } from "./fields.ts";
import { readOrder, readPolicy } from "./policy.ts";
import type { ReadingFacts } from "./submission.ts";

/** Objects that are to be applied together. */
export interface WrittenObjects {
  readonly deployments: readonly DeploymentSpec[];
  readonly packages: readonly WrittenPackage[];
  readonly autoscalers: readonly AutoscalerSpec[];
  readonly queues: readonly QueueSpec[];
  /** Which of the queues were written as tenants. */
  readonly tenants: readonly string[];
  /** Names of resources that are declared: quotas may name them before a node offers them. */
  readonly resources: readonly string[];
  /** Null: none was given. */
  readonly policy: Policy | null;
}

/** At most so many objects are applied at a time. */
const mostObjects = 10_000;
const kinds = ["tenant", "queue", "resource", "policy", "deployment", "package", "autoscaler"] as const;
const longestName = 100;
const name = { is: /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/, what: "lower-case letters, digits, dots and hyphens" };
const queueFields = ["kind", "name", "tenant", "parent", "weight", "guarantee", "limit", "maxRunning", "order"];

/** What objects are read with. */
export interface ObjectsFacts {
  /** What is in force: parts that a policy leaves out stay as they are, and jobs of deployments wait in queues that are there. */
  readonly objects: { readonly policy: Policy; readonly queues: readonly QueueSpec[] };
  readonly jobs: ReadingFacts;
}

/** The objects of a request, or all that is wrong with it. What one of them declares the others may name. */
export function readObjects(value: Json, facts: ObjectsFacts): Result<WrittenObjects, readonly FieldProblem[]> {
  const problems: FieldProblem[] = [];
  if (!isObject(value) || !isArray(value["objects"])) return err([{ pointer: "/objects", detail: "objects must be a list" }]);
  const whole = new Fields(value, "", problems);
  whole.only(["objects"]);
  const all = (whole.objects("objects", mostObjects) ?? []).flatMap((fields) => {
    const kind = readKind(fields);
    return kind === undefined ? [] : [{ kind, fields }];
  });
  const of = (...wanted: readonly Kind[]): readonly Fields[] => all.flatMap(({ kind, fields }) => (wanted.includes(kind) ? [fields] : []));
  const resources = of("resource").map(readResource);
  const known = facts.jobs.resources().union(new Set(resources));
  const queues = all.flatMap(({ kind, fields }) => (kind === "queue" || kind === "tenant" ? [readQueue(fields, kind, known)] : []));
  const tree = withQueues(facts.objects.queues, queues);
  const after = { ...facts.jobs, queueOf: queueOfIn(tree) };
  const written = {
    resources,
    queues,
    tenants: of("tenant").flatMap((fields) => fields.text("name", longestName) ?? []),
    deployments: of("deployment").map((fields) => readDeployment(fields, after)),
    packages: of("package").map(readPackage),
    autoscalers: of("autoscaler").map(readAutoscaler),
    policy: of("policy").reduce((so: Policy | null, fields) => readPolicy(fields, so ?? facts.objects.policy) ?? so, null),
  };
  for (const fields of of("deployment", "package")) checkQueueOf(fields.object("job"), tree);
  refuseTwice(all);
  if (problems.length === 0) refuseTree(tree, of("tenant", "queue"));
  return problems.length > 0 ? err(problems) : ok(written);
}

/** What is deployed waits in a queue that is there. */
function checkQueueOf(job: Fields | undefined, tree: readonly QueueSpec[]): void {
  const queue = job?.raw("queue");
  if (job === undefined || typeof queue !== "string") return;
  const names = tree.flatMap(({ id }) => leavesBelow(tree, id));
  if (names.includes(queue)) return;
  const meant = nearest(queue, names);
  job.wrong("queue", `there is no queue ${queue} for jobs${meant === undefined ? "" : ` (did you mean ${meant}?)`}`);
}

/** What is wrong with the tree as a whole, at the queue that it is about. */
function refuseTree(tree: readonly QueueSpec[], written: readonly Fields[]): void {
  const found = checkTree(tree);
  if (found === undefined) return;
  const [, id, path = ""] = /^queue (\S*), (.*)$/.exec(found.where) ?? [];
  const fields = written.find((one) => one.raw("name") === id);
  fields?.wrong(path.split(".")[0] ?? "", `${found.where}: ${found.message}`, "queues-invalid");
}

type Kind = (typeof kinds)[number];

function readKind(fields: Fields): Kind | undefined {
  const kind = fields.choice("kind", kinds);
  if (kind === undefined && !fields.has("kind")) fields.wrong("kind", `kind is needed: ${kinds.join(", ")}`);
  return kind;
}

/** Kinds whose names must differ from each other's. */
const namespaces: { readonly [K in Kind]: string } = {
  tenant: "queue",
  queue: "queue",
  resource: "resource",
  policy: "policy",
  deployment: "deployment",
  package: "deployment",
  autoscaler: "autoscaler",
};

function refuseTwice(all: readonly { readonly kind: Kind; readonly fields: Fields }[]): void {
  const seen = new Set<string>();
  for (const { kind, fields } of all) {
    const name = kind === "policy" ? "" : fields.raw("name");
    if (typeof name !== "string") continue;
    const known = `${namespaces[kind]} ${name}`;
    if (seen.has(known)) fields.wrong(kind === "policy" ? "kind" : "name", `there are two of this: ${known.trim()}`);
    seen.add(known);
  }
}

function queueOfIn(tree: readonly QueueSpec[]): ReadingFacts["queueOf"] {
  return (tenant, queue) => queueOfTenant(tree, tenant, queue);
}

/** The tree once these are in it. */
function withQueues(tree: readonly QueueSpec[], queues: readonly QueueSpec[]): readonly QueueSpec[] {
  const names = new Set(queues.map(({ id }) => id));
  return [...tree.filter(({ id }) => !names.has(id)), ...queues];
}

const resource = { is: resourceName, what: "letters, digits and ./:_- with a letter or digit at both ends" };

function readResource(fields: Fields): string {
  fields.only(["kind", "name"]);
  if (!fields.has("name")) fields.wrong("name", "a resource needs a name");
  return fields.text("name", longestName, resource) ?? "";
}

function readQueue(fields: Fields, kind: "tenant" | "queue", resources: ReadonlySet<string>): QueueSpec {
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
    guarantee: fields.amounts("guarantee", resources),
    limit: fields.amounts("limit", resources),
    maxRunning: fields.whole("maxRunning", 0, Number.MAX_SAFE_INTEGER),
    order: readOrder(fields),
  });
}
