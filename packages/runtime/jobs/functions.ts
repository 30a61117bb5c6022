// The functions that workers have registered: which there are, and what they take and answer.
import { err, get, isObject, jsonEquals, nearest, ok, type Instant, type Json, type JsonObject, type Result } from "@baton/core";
import { compileJsonSchema, type SchemaCheck } from "@baton/dsl";
import type { FunctionContract, JobFault, JobWork } from "@baton/executors";
import type { Constraints, NodeSpec } from "@baton/scheduler";
import type { Store } from "@baton/storage";
import { runtimeError } from "../errors.ts";
import { latestOf } from "../versions.ts";

/** What a worker's node is marked with, so that only calls of functions are placed there. */
export const workerTaint = "baton/worker";

/** Whether a node is a worker. */
export function isWorker({ taints = [] }: NodeSpec): boolean {
  return taints.some(({ key }) => key === workerTaint);
}

/** A function as it is known. */
interface KnownFunction {
  readonly contract: FunctionContract;
  readonly input: SchemaCheck | undefined;
  readonly output: SchemaCheck | undefined;
  /** The workers that have it; shared by all its jobs. */
  readonly constraints: Constraints;
}

/** A function that a job may call. */
export interface ResolvedFunction {
  readonly version: string;
  readonly constraints: Constraints;
}

/** Why a job cannot call a function. */
export interface FunctionProblem {
  readonly code: "function-not-registered" | "function-input-invalid";
  readonly detail: string;
}

type Call = Extract<JobWork, { readonly kind: "function" }>;

/** Those who register functions. */
export interface Registering {
  readonly at: Instant;
  /** Who else offers a function, by its label, in words; undefined: nobody does. */
  readonly otherOwner?: (label: string) => string | undefined;
  readonly told?: (contract: FunctionContract, isNew: boolean) => void;
}

/** All registered functions. */
export class Functions {
  readonly #store: Store;
  readonly #tenant: string;
  /** By name, then by version. */
  readonly #known = new Map<string, Map<string, KnownFunction>>();

  constructor(store: Store, tenant: string) {
    this.#store = store;
    this.#tenant = tenant;
  }

  async load(): Promise<void> {
    for (const { spec } of await this.#store.listObjects(this.#tenant, "function"))
      this.#remember(readContract(JSON.parse(spec) as FunctionContract));
  }

  /**
   * Registers functions, all or none, and gives those that are new or changed. Throws a BatonError for what is wrong, and
   * function-version-taken where somebody else offers one with another contract; where nobody does, what was known is replaced.
   */
  async register(contracts: readonly FunctionContract[], { at, otherOwner, told }: Registering): Promise<readonly FunctionContract[]> {
    const read = contracts.map(readContract).filter((one) => !this.#isKnown(one));
    for (const { contract } of read) this.#checkOwner(contract, otherOwner);
    for (const { contract } of read) {
      const name = `${contract.name}:${contract.version}`;
      await this.#store.putObject({ tenant: this.#tenant, kind: "function", name, spec: JSON.stringify(contract), updatedAt: at });
    }
    for (const one of read) {
      told?.(one.contract, this.#find(one.contract.name, one.contract.version) === undefined);
      this.#remember(one);
    }
    return read.map(({ contract }) => contract);
  }

  #isKnown({ contract }: KnownFunction): boolean {
    const known = this.#find(contract.name, contract.version)?.contract;
    return known !== undefined && jsonEquals(known as unknown as Json, contract as unknown as Json);
  }

  #checkOwner({ name, version }: FunctionContract, otherOwner: Registering["otherOwner"]): void {
    if (this.#find(name, version) === undefined) return;
    const owner = otherOwner?.(functionLabel({ name, version }));
    if (owner === undefined) return;
    const where = `${name}:${version}`;
    throw runtimeError("function-version-taken", { message: `${where} is offered with another contract by ${owner}.`, where });
  }

  /** The registered functions by name and version. */
  list(): readonly FunctionContract[] {
    return [...this.#known.values()].flatMap((versions) => [...versions.values()].map(({ contract }) => contract));
  }

  names(): Iterable<string> {
    return this.#known.keys();
  }

  versionsOf(name: string): readonly string[] {
    return [...(this.#known.get(name)?.keys() ?? [])];
  }

  /** As `resolve` for one that may still come: its calls are checked when it does. */
  readonly awaited = (call: Call, payload: Json): Result<ResolvedFunction, FunctionProblem> =>
    this.#find(call.function, call.version) === undefined
      ? ok({ version: call.version, constraints: constraintsOf(call.function, call.version) })
      : this.resolve(call, payload);

  /** What is wrong with a call that was taken in before its function was there. */
  inputProblem(work: JobWork, payload: Json): JobFault | undefined {
    if (work.kind !== "function" || this.#find(work.function, work.version) === undefined) return undefined;
    const found = this.resolve(work, payload);
    return found.ok ? undefined : { code: found.error.code, message: found.error.detail };
  }

  /** The function that a job means, if it may call it with this payload. */
  resolve({ function: name, version }: Call, payload: Json): Result<ResolvedFunction, FunctionProblem> {
    const versions = this.#known.get(name);
    if (versions === undefined) return err({ code: "function-not-registered", detail: this.#noFunction(name) });
    const wanted = version === "" ? (latestOf([...versions.keys()]) ?? "") : version;
    const found = versions.get(wanted);
    if (found === undefined) {
      const there = [...versions.keys()].join(", ");
      return err({ code: "function-not-registered", detail: `the function ${name} has no version ${version}; there are ${there}` });
    }
    const [problem] = found.input?.check(payload) ?? [];
    if (problem === undefined) return ok({ version: wanted, constraints: found.constraints });
    const detail = `the payload is not what ${name}:${wanted} takes: ${inWords(problem)}`;
    return err({ code: "function-input-invalid", detail });
  }

  /** What is wrong with an answer; undefined where nothing is. */
  outputProblem(work: JobWork, output: Json): JobFault | undefined {
    if (work.kind !== "function") return undefined;
    const [problem] = this.#find(work.function, work.version)?.output?.check(output) ?? [];
    if (problem === undefined) return undefined;
    const message = `The answer of ${work.function}:${work.version} breaks its contract: ${inWords(problem)}`;
    return { code: "function-output-invalid", message };
  }

  #find(name: string, version: string): KnownFunction | undefined {
    return this.#known.get(name)?.get(version);
  }

  #remember(one: KnownFunction): void {
    const { name, version } = one.contract;
    const versions = this.#known.get(name) ?? new Map<string, KnownFunction>();
    versions.set(version, one);
    this.#known.set(name, versions);
  }

  #noFunction(name: string): string {
    const meant = nearest(name, this.#known.keys());
    return `there is no function ${name}${meant === undefined ? "; no worker has registered it" : `; did you mean ${meant}?`}`;
  }
}

const labelPrefix = "function/";

/** The label of a worker's node that says that it has a function. */
export function functionLabel({ name, version }: { readonly name: string; readonly version: string }): string {
  return `${labelPrefix}${name}:${version}`;
}

/** The functions that a worker has, as `name:version`; none of other nodes. */
export function functionsOn({ labels = {} }: NodeSpec): readonly string[] {
  return Object.keys(labels).flatMap((label) => (label.startsWith(labelPrefix) ? [label.slice(labelPrefix.length)] : []));
}

const namePattern = /^[A-Za-z][\w.-]{0,99}$/;
const versionPattern = /^[\w.+-]{1,50}$/;

/** Workers are programs of other people: what they say is read as it came. */
function readContract(contract: FunctionContract): KnownFunction {
  const written = contract as unknown as Json;
  const shown = (value: Json | undefined): string => JSON.stringify(value) ?? "nothing";
  const refuse = (message: string): Error => runtimeError("function-contract-invalid", { message });
  if (!isObject(written)) throw refuse("A function is an object with a name and a version.");
  const [name, version] = [get(written, "name"), get(written, "version")];
  const [input, output] = [get(written, "input"), get(written, "output")] as readonly (JsonObject | undefined)[];
  if (typeof name !== "string" || !namePattern.test(name)) throw refuse(`${shown(name)} is not a name that a function can have.`);
  if (typeof version !== "string" || !versionPattern.test(version))
    throw refuse(`${shown(version)} is not a version that ${name} can have.`);
  const check = (schema: Json | undefined, what: string): SchemaCheck | undefined => {
    if (schema === undefined) return undefined;
    const compiled = compileJsonSchema(schema);
    if (!compiled.ok) throw refuse(`The ${what} schema of ${name}:${version} is wrong: ${compiled.error}`);
    return compiled.value;
  };
  const known = { name, version, ...(input !== undefined && { input }), ...(output !== undefined && { output }) };
  return { contract: known, input: check(input, "input"), output: check(output, "output"), constraints: constraintsOf(name, version) };
}

function constraintsOf(name: string, version: string): Constraints {
  return { labels: [{ key: functionLabel({ name, version }), operator: "exists" }], tolerations: [{ key: workerTaint }] };
}

/** A problem as a sentence: its place is the subject, unless the message has one. */
function inWords({ pointer, message }: { readonly pointer: string; readonly message: string }): string {
  if (message.startsWith("the ")) return pointer === "" ? message : `in ${pointer} ${message}`;
  return `${pointer === "" ? "it" : pointer} ${message}`;
}
