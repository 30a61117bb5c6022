// All deployments of a server: applied, listed, deleted, and taken up after a start.
import type { Instant } from "@baton/core";
import { jsonEquals, type Json, type JsonObject } from "@baton/core";
import { runtimeError } from "../errors.ts";
import type { PackageFiles } from "@baton/executors";
import type { DeploymentAction } from "../jobs/audit.ts";
import type { AppliedObject, Staged } from "../jobs/staged.ts";
import { Deployment, type DeploymentParts, type ScaledBy } from "./deployment.ts";
import { readStored } from "./read-stored.ts";
import type { StoredDeployment } from "./stored.ts";
import { callsByFunction } from "./calls.ts";
import { DeploymentMeters } from "./meters.ts";
import type { PackageHost } from "./package-host.ts";
import type { WrittenPackage } from "./package.ts";
import type { DeploymentSpec } from "./spec.ts";
import { functionsAt, specAt, versionBefore, versionOf } from "./versions.ts";
import { viewOfDeployment, type DeploymentView } from "./view.ts";

/** What deployments are made with. */
export type DeploymentsParts = Omit<DeploymentParts, "portsTaken" | "gone" | "meters">;

/** How often packages are looked at: a call without an instance waits as long for one to be begun. */
const lookMs = 200;

/** Everything that is deployed. */
export class Deployments {
  readonly meters = new DeploymentMeters();
  readonly #parts: DeploymentsParts;
  readonly #all = new Map<string, Deployment>();
  #loading: Promise<void> | undefined;
  /** Resolves when all that was stored goes on: no change is made to what has not found its replicas yet. */
  #ready: Promise<void> = Promise.resolve();
  readonly #begun = Promise.withResolvers<void>();
  #cancelLook = (): void => undefined;

  constructor(parts: DeploymentsParts) {
    this.#parts = parts;
    parts.jobs.packageOf = (label) => this.#packageOf(label);
  }

  /** Takes up what the store holds, once its jobs are there. */
  async recover(): Promise<void> {
    await this.load();
    for (const deployment of this.#all.values()) await deployment.begin();
    this.#begun.resolve();
    this.#look();
  }

  /** Reads what the store holds, once: to be done before anybody may ask for changes. */
  load(): Promise<void> {
    if (this.#loading === undefined) {
      this.#ready = this.#begun.promise;
      this.#loading = this.#load();
    }
    return this.#loading;
  }

  async #load(): Promise<void> {
    const { store, tenant } = this.#parts;
    for (const { spec } of await store.listObjects(tenant, "deployment")) this.#add(readStored(spec));
  }

  /** Packages follow their calls, as long as there are any packages. */
  #look(): void {
    const packages = [...this.#all.values()].filter(({ stored }) => stored.spec.package !== undefined);
    if (packages.length > 0) {
      const calls = callsByFunction(this.#parts.jobs);
      for (const one of packages) one.look(calls);
    }
    this.#cancelLook = this.#parts.clock.after(lookMs, () => this.#look());
  }

  /** The package that brings a function, also while none of its instances is there. */
  #packageOf(label: string): string | undefined {
    for (const [name, { stored }] of this.#all) {
      const { generation, stable } = stored.set;
      if ([generation, stable].some((version) => functionsAt(stored, version).includes(label))) return name;
    }
    return undefined;
  }

  /** Creates deployments, or changes them; they are stored when this resolves, and carried out from then on. */
  apply(written: readonly DeploymentSpec[], packages: readonly WrittenPackage[] = []): Promise<readonly AppliedObject[]> {
    return this.#parts.jobs.applyStaged([this.stage(written, packages)]);
  }

  /** What would become of them; throws what keeps them from being applied. Nothing changes. */
  check(written: readonly DeploymentSpec[], packages: readonly WrittenPackage[]): readonly AppliedObject[] {
    if (packages.length > 0) this.#host(packages[0]?.spec.name);
    return [...written, ...packages.map(({ spec }) => spec)].map((spec) => resultFor(spec, this.#all.get(spec.name)));
  }

  /** To be stored with what else is applied; carried out once it is. The files of packages are kept at once. */
  stage(written: readonly DeploymentSpec[], packages: readonly WrittenPackage[]): Staged {
    const { tenant, clock } = this.#parts;
    const at = clock.now();
    const all = [...written, ...packages.map((one) => this.#kept(one))].map((spec) => {
      const known = this.#all.get(spec.name);
      const stored = known?.changed(spec) ?? newDeployment(spec, at);
      return { spec, stored, result: resultFor(spec, known) };
    });
    const fresh = all.filter(({ result }) => result.result !== "unchanged");
    return {
      results: all.map(({ result }) => result),
      objects: fresh.map(({ spec: { name }, stored }) => ({
        tenant,
        kind: "deployment",
        name,
        spec: JSON.stringify(stored),
        updatedAt: at,
      })),
      audit: fresh.map(({ spec, result }) => ({
        at,
        actor: "api",
        action: `deployment.${result.result}`,
        subject: spec.name,
        detail: { spec: asJson(spec) },
      })),
      carryOut: async () => {
        await this.#ready;
        for (const { spec, result } of fresh)
          this.meters.count(spec.name, result.result === "created" ? "deployment.created" : "deployment.changed");
        for (const { spec, stored } of fresh) await (this.#all.get(spec.name)?.change(spec) ?? this.#add(stored).begin());
        if (packages.length > 0) this.#clearPackages();
      },
      takeBack: () => {
        if (packages.length > 0) this.#clearPackages();
      },
    };
  }

  /** The digests of all packages that may be run. */
  packagesInUse(): readonly string[] {
    const versions = [...this.#all.values()].flatMap(({ stored }) => stored.versions);
    return [...new Set(versions.flatMap((version) => version.package?.digest ?? []))];
  }

  /** The files of a package for a node that is to run it. */
  packageFiles(digest: string): PackageFiles {
    const files = this.#parts.host()?.files(digest);
    if (files === undefined) throw runtimeError("package-unknown", { where: digest });
    return files;
  }

  #clearPackages(): void {
    this.#parts.host()?.keepOnly(new Set(this.packagesInUse()));
  }

  /** Its replicas are stopped in order, and then it is gone. */
  async delete(name: string): Promise<void> {
    await this.#ready;
    const deployment = this.#get(name);
    if (!deployment.stored.deleting) this.#note("deployment.delete-asked", name);
    await deployment.remove();
  }

  list(): readonly DeploymentView[] {
    return [...this.#all.values()].map(viewOfDeployment).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  get(name: string): DeploymentView {
    return viewOfDeployment(this.#get(name));
  }

  /** How many there are to be, and may be, of one whose number may change. Throws where it is fixed, or the deployment's own to know. */
  scalable(name: string): { readonly current: number; readonly min: number; readonly max: number } {
    const { stored, desired } = this.#get(name);
    const { policy, package: pack } = stored.spec;
    const refuse = (why: string): Error => runtimeError("scale-target-failed", { message: `The deployment ${name} ${why}.`, where: name });
    if (stored.deleting) throw refuse("is being deleted");
    if (pack !== undefined) throw refuse("is a package of functions, which is scaled by its calls; say min, max and concurrency there");
    if (policy.name !== "hybrid")
      throw refuse(`is ${policy.name}, so its number is fixed; give it the policy { name: hybrid, base: 1, max: 5 }`);
    return { current: desired, min: policy.base, max: policy.max };
  }

  /** How many there are to be, within the bounds of its policy. */
  async scale(name: string, count: number, by: ScaledBy): Promise<void> {
    await this.#ready;
    await this.#get(name).scale(count, by);
  }

  /** Replicas go on; the next start finds them. */
  async close(): Promise<void> {
    this.#cancelLook();
    await Promise.all([...this.#all.values()].map((deployment) => deployment.close()));
  }

  #kept({ spec, files }: WrittenPackage): DeploymentSpec {
    const host = this.#host(spec.name);
    return spec.package === undefined ? spec : { ...spec, package: { ...spec.package, digest: host.keep(files) } };
  }

  #host(name = ""): PackageHost {
    const host = this.#parts.host();
    if (host === null) throw runtimeError("packages-unavailable", { where: name });
    return host;
  }

  /** The version before is wanted again, or the one that is named; what else was changed meanwhile stays. Throws where there is none. */
  async rollBack(name: string, to?: number): Promise<void> {
    await this.#ready;
    const known = this.#get(name);
    const { stored } = known;
    const target = to === undefined ? versionBefore(stored) : stored.versions.find(({ generation }) => generation === to);
    if (target === undefined || stored.deleting) throw noVersion(stored, to);
    if (target.generation === stored.set.generation) return;
    this.#note("deployment.rolled-back", name, { from: stored.set.generation, to: target.generation });
    await known.change(specAt(stored, target.generation));
  }

  /** A version that did not come up is tried once more. */
  async resume(name: string): Promise<void> {
    const known = this.#get(name);
    if (!known.stored.set.stalled) return;
    this.#note("deployment.resumed", name, { version: known.stored.set.generation });
    await known.resume();
  }

  /** What somebody has asked for. */
  #note(action: DeploymentAction, name: string, detail: JsonObject = {}): void {
    this.meters.count(name, action);
    this.#parts.jobs.note("api", action, name, detail);
  }

  #add(stored: StoredDeployment): Deployment {
    const { name } = stored.spec;
    const deployment = new Deployment(
      { ...this.#parts, meters: this.meters, portsTaken: () => this.#ports(), gone: () => this.#gone(name, deployment) },
      stored,
    );
    this.#all.set(name, deployment);
    return deployment;
  }

  /** What is left by a store that fails is cleared up at the next start. */
  #gone(name: string, deployment: Deployment): void {
    if (this.#all.get(name) !== deployment) return;
    this.#all.delete(name);
    this.meters.forget(name);
    this.#clearPackages();
    this.#parts.store.deleteObject(this.#parts.tenant, "deployment", name).catch(() => undefined);
  }

  #ports(): ReadonlySet<number> {
    return new Set([...this.#all.values()].flatMap(({ stored }) => Object.values(stored.ports)));
  }

  #get(name: string): Deployment {
    const found = this.#all.get(name);
    if (found === undefined) throw runtimeError("deployment-unknown", { message: `There is no deployment ${name}.`, where: name });
    return found;
  }
}

function resultFor(spec: DeploymentSpec, known: Deployment | undefined): AppliedObject {
  const { name } = spec;
  if (known === undefined) return { kind: "deployment", name, result: "created" };
  const { spec: before, deleting } = known.stored;
  return { kind: "deployment", name, result: !deleting && jsonEquals(asJson(before), asJson(spec)) ? "unchanged" : "changed" };
}

function newDeployment(spec: DeploymentSpec, createdAt: Instant): StoredDeployment {
  const set = { generation: 1, stable: 0, stalled: false, nextId: 1, replicas: [] };
  return { spec, createdAt, set, versions: [versionOf(spec, 1, createdAt)], ports: {}, extra: 0, deleting: false };
}

function noVersion({ spec: { name }, versions }: StoredDeployment, to: number | undefined): Error {
  const there = versions.map(({ generation }) => generation).join(", ");
  const message = to === undefined ? `${name} has had no version before.` : `${name} has no version ${to}; there are ${there}.`;
  return runtimeError("deployment-version-unknown", { message, where: name });
}

function asJson(spec: DeploymentSpec): Json {
  return JSON.parse(JSON.stringify(spec)) as Json;
}
