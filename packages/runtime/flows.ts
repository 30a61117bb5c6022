// Registered flows: versions in the store, compiled forms in memory. A version never changes once it is there.
import type { BatonError, Instant } from "@baton/core";
import type { Workflow, WorkflowReference } from "@baton/dsl";
import type { Store, StoredDefinition } from "@baton/storage";
import { CompiledFlows } from "./compiled-flows.ts";
import { runtimeError } from "./errors.ts";
import { gather, type Gathered } from "./flow-resources.ts";
import type { Functions } from "./functions/functions.ts";
import type { Clock, FlowName, Registration, RuntimeOptions } from "./runtime.ts";
import { latestOf } from "./versions.ts";

/** The name that stands for the highest version. */
const latest = "latest";

/** Stores a version; false: it was there already. */
export type PutFlow = (definition: StoredDefinition, workflow: Workflow) => Promise<boolean>;

/** Flows of all tenants. */
export class Flows {
  /** What flows call as `name:version@default`. */
  readonly functions: Functions;
  readonly #store: Store;
  readonly #read: RuntimeOptions["compile"];
  readonly #clock: Clock;
  readonly #compiled = new CompiledFlows();
  /** The highest version of each flow that was asked for. */
  readonly #latest = new Map<string, string>();
  /** Workflows that were never registered; they last as long as this process. */
  readonly #held = new Map<string, Workflow>();

  constructor(store: Store, read: RuntimeOptions["compile"], clock: Clock, functions: Functions) {
    this.#store = store;
    this.#read = read;
    this.#clock = clock;
    this.functions = functions;
  }

  /** Registers a document; `put` stores it, and whatever changes with it. */
  async register(tenant: string, source: string, put: PutFlow): Promise<Registration> {
    const now = this.#clock.now();
    const { compiled, resources } = await this.#compiledNow(tenant, source, now);
    if (!compiled.ok) return compiled;
    const { workflow, warnings } = compiled;
    const { namespace, name, version } = workflow;
    const made = resources && { resources };
    const created = await put({ tenant, namespace, name, version, source, tags: workflow.tags, createdAt: now, ...made }, workflow);
    if (!created) await this.#refuseChange(tenant, workflow, source);
    this.#latest.delete(keyOf(tenant, namespace, name));
    this.#compiled.set(keyOf(tenant, namespace, name, version), workflow, source.length);
    return { ok: true, flow: { namespace, name, version }, created, warnings };
  }

  /** What registering a document would answer. Nothing changes. */
  async check(tenant: string, source: string): Promise<Registration> {
    const { compiled } = await this.#compiledNow(tenant, source, this.#clock.now());
    if (!compiled.ok) return compiled;
    const { workflow, warnings } = compiled;
    const { namespace, name, version } = workflow;
    const known = await this.#store.getDefinition(tenant, namespace, name, version);
    if (known !== null) await this.#refuseChange(tenant, workflow, source);
    return { ok: true, flow: { namespace, name, version }, created: known === null, warnings };
  }

  /** Keeps a workflow that is not registered. */
  hold(tenant: string, workflow: Workflow): void {
    this.#held.set(keyOf(tenant, workflow.namespace, workflow.name, workflow.version), workflow);
  }

  /** The stored document; rejects with flow-unknown. */
  async get(tenant: string, flow: FlowName): Promise<StoredDefinition> {
    const version = await this.#versionOf(tenant, flow);
    const found = await this.#store.getDefinition(tenant, flow.namespace, flow.name, version);
    return found ?? unknown(flow);
  }

  /** The compiled workflow; rejects with flow-unknown, also where this version of Baton cannot read the document any more. */
  async workflow(tenant: string, flow: FlowName): Promise<Workflow> {
    const version = flow.version === undefined || flow.version === latest ? await this.#versionOf(tenant, flow) : flow.version;
    const key = keyOf(tenant, flow.namespace, flow.name, version);
    return this.#held.get(key) ?? this.#compiled.get(key) ?? this.#compile(tenant, { ...flow, version });
  }

  #compiledNow(tenant: string, source: string, now: Instant): Promise<Gathered<ReturnType<RuntimeOptions["compile"]>>> {
    return gather(
      (fetched) => this.#read(source, { now, resources: fetched }),
      ({ workflow: { namespace, secrets } }) => this.functions.resourceParts(tenant, namespace, secrets),
    );
  }

  async #compile(tenant: string, flow: WorkflowReference): Promise<Workflow> {
    const { source, resources = {} } = await this.get(tenant, flow);
    const fetched = Object.entries(resources).map(([uri, text]) => [uri, { ok: true, text }] as const);
    const compiled = this.#read(source, { resources: new Map(fetched) });
    if (!compiled.ok) throw unreadable(flow, compiled.diagnostics[0]?.message ?? "it is refused");
    this.#compiled.set(keyOf(tenant, flow.namespace, flow.name, flow.version), compiled.workflow, source.length);
    return compiled.workflow;
  }

  async #refuseChange(tenant: string, { namespace, name, version }: Workflow, source: string): Promise<void> {
    const stored = await this.#store.getDefinition(tenant, namespace, name, version);
    if (stored?.source === source) return;
    throw runtimeError("flow-version-taken", { where: `${namespace}/${name}@${version}` });
  }

  async #versionOf(tenant: string, { namespace, name, version }: FlowName): Promise<string> {
    if (version !== undefined && version !== latest) return version;
    const key = keyOf(tenant, namespace, name);
    const known = this.#latest.get(key) ?? (await this.#highest(tenant, namespace, name));
    this.#latest.set(key, known);
    return known;
  }

  async #highest(tenant: string, namespace: string, name: string): Promise<string> {
    const stored = await this.#store.listDefinitions(tenant, { namespace, name });
    const held = [...this.#held.values()].filter((flow) => flow.namespace === namespace && flow.name === name);
    return latestOf([...stored, ...held].map((flow) => flow.version)) ?? unknown({ namespace, name });
  }
}

function unknown({ namespace, name, version }: FlowName): never {
  throw runtimeError("flow-unknown", { where: `${namespace}/${name}${version === undefined ? "" : `@${version}`}` });
}

function unreadable({ namespace, name, version }: WorkflowReference, why: string): BatonError {
  const message = `The flow ${namespace}/${name}@${version} cannot be read by this version of Baton: ${why}.`;
  return runtimeError("flow-unknown", { message, where: `${namespace}/${name}@${version}` });
}

function keyOf(...parts: readonly string[]): string {
  return parts.join("\n");
}
