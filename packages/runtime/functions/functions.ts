// The default catalog: functions that flows call as `name:version@default`. Each belongs to a namespace; a flow finds those
// of its own, then those of the namespace `default`, which are for everybody. A version never changes once it is there.
import { nearest } from "@baton/core";
import {
  broughtByWorkers,
  compileFunction,
  functionNameProblem,
  type CatalogedFunction,
  type Diagnostic,
  type FetchedResource,
} from "@baton/dsl";
import type { ResourceLoader } from "@baton/executors";
import type { Store, StoredFunction } from "@baton/storage";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import { gather, type ResourceParts } from "../flow-resources.ts";
import type { Secrets } from "../secrets/secrets.ts";
import { compareVersions } from "../versions.ts";

/** The namespace whose functions every flow can call. */
export const sharedNamespace = "default";

/** A version of a function by name. */
export interface FunctionName extends CatalogedFunction {
  readonly namespace: string;
}

/** What applying a function did; `created` is false where this very version was there already. */
export type AppliedFunction =
  | { readonly ok: true; readonly created: boolean; readonly warnings: readonly Diagnostic[] }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] };

/** The functions that workers bring as code, for all namespaces. */
export interface CodeFunctions {
  names(): Iterable<string>;
  versionsOf(name: string): readonly string[];
}

/** What a catalog is made of. */
export interface FunctionParts {
  readonly store: Store;
  readonly clock: Clock;
  readonly secrets: Secrets;
  readonly loader: ResourceLoader | undefined;
  /** Absent: no workers come here, and flows call documents alone. */
  readonly code: CodeFunctions | undefined;
}

/** The default catalog of all tenants. */
export class Functions {
  readonly #parts: FunctionParts;

  constructor(parts: FunctionParts) {
    this.#parts = parts;
  }

  /** Checks and stores a version; rejects with function-name-invalid, and with function-version-taken where it has another text. */
  async put(tenant: string, name: FunctionName, source: string): Promise<AppliedFunction> {
    const problem = functionNameProblem(name);
    if (problem !== undefined) throw runtimeError("function-name-invalid", { message: `${problem}.`, where: shown(name) });
    const { compiled } = await gather(
      (resources) => compileFunction(source, { resources }),
      () => this.resourceParts(tenant, name.namespace, []),
    );
    if (!compiled.ok) return compiled;
    const { store, clock } = this.#parts;
    const created = await store.putFunction({ tenant, ...name, source, createdAt: clock.now() });
    const stored = created ? undefined : await store.getFunction({ tenant, ...name });
    if (stored && stored.source !== source) throw runtimeError("function-version-taken", { where: shown(name) });
    return { ok: true, created, warnings: compiled.warnings };
  }

  /** Rejects with function-unknown. */
  async get(tenant: string, name: FunctionName): Promise<StoredFunction> {
    return (await this.#parts.store.getFunction({ tenant, ...name })) ?? unknown(name);
  }

  /** By namespace and name, the newest version of each first. */
  async list(tenant: string, namespace?: string): Promise<readonly StoredFunction[]> {
    const stored = await this.#parts.store.listFunctions(tenant, namespace);
    return [...stored].sort(
      (a, b) => compareText(a.namespace, b.namespace) || compareText(a.name, b.name) || compareVersions(b.version, a.version),
    );
  }

  /** Flows that are registered keep what they were made of; rejects with function-unknown. */
  async delete(tenant: string, name: FunctionName): Promise<void> {
    if (!(await this.#parts.store.deleteFunction({ tenant, ...name }))) unknown(name);
  }

  /** Where the resources come from that a document of a namespace is made of. */
  resourceParts(tenant: string, namespace: string, secrets: readonly string[]): ResourceParts {
    return {
      loader: this.#parts.loader,
      secret: (name) => (secrets.includes(name) ? this.#parts.secrets.read(tenant, namespace, name) : undefined),
      cataloged: (wanted) => this.#find(tenant, namespace, wanted),
    };
  }

  async #find(tenant: string, own: string, wanted: CatalogedFunction): Promise<FetchedResource> {
    const { store } = this.#parts;
    for (const namespace of new Set([own, sharedNamespace])) {
      const found = await store.getFunction({ tenant, namespace, ...wanted });
      if (found !== null) return { ok: true, text: found.source };
    }
    return this.#findCode(await this.#visible(tenant, own), own, wanted);
  }

  /** Code is bound to its name when a job calls it; a name that documents have is not waited for. */
  #findCode(visible: readonly StoredFunction[], own: string, wanted: CatalogedFunction): FetchedResource {
    const { code } = this.#parts;
    const { name, version } = wanted;
    if (code?.versionsOf(name).includes(version) === true) return { ok: true, text: broughtByWorkers };
    if (code === undefined || visible.some((one) => one.name === name)) return { ok: false, detail: whyNot(visible, own, wanted) };
    return { ok: true, text: broughtByWorkers, warning: awaited(visible, code, wanted) };
  }

  /** The documents that a flow of a namespace sees. */
  async #visible(tenant: string, own: string): Promise<readonly StoredFunction[]> {
    const all = await this.#parts.store.listFunctions(tenant);
    return all.filter(({ namespace }) => namespace === own || namespace === sharedNamespace);
  }
}

function whyNot(visible: readonly StoredFunction[], own: string, { name, version }: CatalogedFunction): string {
  const versions = [...new Set(visible.filter((one) => one.name === name).map((one) => one.version))].sort(compareVersions);
  const namespaces = own === sharedNamespace ? own : `${own} and ${sharedNamespace}`;
  const missing = `the default catalog has no ${name}:${version} for flows of the namespace ${own}`;
  if (versions.length > 0) return `${missing}; of ${name} there ${versions.length === 1 ? "is" : "are"} ${versions.join(", ")}.`;
  const near = nearest(
    name,
    visible.map((one) => one.name),
  );
  return `${missing} (it looks into ${namespaces})${near === undefined ? "" : `; did you mean ${near}?`}.`;
}

function awaited(visible: readonly StoredFunction[], code: CodeFunctions, { name, version }: CatalogedFunction): string {
  const wait = "no worker has brought it yet, and calls wait for the first one that does";
  const versions = [...code.versionsOf(name)].sort(compareVersions);
  if (versions.length > 0) return `${wait}; of ${name} workers have brought ${versions.join(", ")}, not ${version}`;
  const near = nearest(name, [...visible.map((one) => one.name), ...code.names()]);
  return near === undefined ? wait : `${wait} (did you mean ${near}?)`;
}

function shown({ namespace, name, version }: FunctionName): string {
  return `${namespace}/${name}:${version}`;
}

function unknown(name: FunctionName): never {
  throw runtimeError("function-unknown", { where: shown(name) });
}

function compareText(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}
