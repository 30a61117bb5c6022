// One deployment under way: what happens to its replicas goes into the core, what the core decides becomes jobs.
//
// What is decided is stored before it is done. A replica's job is submitted under a key of its own, so a server that was killed between
// the two submits it again and finds it. Checks and counts are not stored: they are made again.
import { BatonError, type Instant, type JsonObject, type Random } from "@baton/core";
import {
  decideScale,
  evolveReplicas,
  planReplicas,
  resumed,
  takenUp,
  type Replica,
  type ReplicaAction,
  type ReplicaEvent,
  type ReplicaPhase,
  type ReplicaSet,
  type ScaleDecision,
} from "@baton/scheduler";
import type { Store } from "@baton/storage";
import type { Clock } from "../clock.ts";
import { isFinalJobStatus } from "../jobs/job.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { DeploymentAction } from "../jobs/audit.ts";
import type { JobView } from "../jobs/view.ts";
import type { LogRecord } from "../log-record.ts";
import { happeningsBetween } from "./journal.ts";
import type { DeploymentMeters } from "./meters.ts";
import { replicaCount, submitReplica } from "./replica-work.ts";
import { functionsOf, workerOf } from "./calls.ts";
import { watchHealth } from "./health.ts";
import type { PackageHost } from "./package-host.ts";
import { choosePort } from "./replica-job.ts";
import type { StoredDeployment } from "./stored.ts";
import { functionsAt, pruned, specAt, withFunctions, withSpec } from "./versions.ts";
import { boundsOf, ruleOf } from "./rule.ts";
import type { DeploymentSpec } from "./spec.ts";

/** What deployments are run with. */
export interface DeploymentParts {
  readonly jobs: Jobs;
  readonly store: Store;
  readonly tenant: string;
  readonly clock: Clock;
  readonly random: Random;
  /** What runs packages; null: nothing does. */
  readonly host: () => PackageHost | null;
  readonly log: (record: LogRecord) => void;
  readonly meters: DeploymentMeters;
  /** The ports that replicas of all deployments have. */
  readonly portsTaken: () => ReadonlySet<number>;
  /** A deployment that was deleted has nothing left. */
  readonly gone: (name: string) => void;
}

/** Who wants another number of replicas, and why. */
export interface ScaledBy {
  readonly actor: string;
  readonly why: string;
}

/** What is known of a replica besides its place in the set. */
interface Occupant {
  /** The try that it is about. */
  readonly tries: number;
  job: JobView | null;
  stopping: boolean;
  unwatch: () => void;
  /** Null: its checks have not begun. */
  endChecks: (() => void) | null;
}

/** A deployment of a running server. */
export class Deployment {
  readonly #parts: DeploymentParts;
  #stored: StoredDeployment;
  readonly #occupants = new Map<number, Occupant>();
  readonly #problems = new Map<number, string>();
  #writing: Promise<void> = Promise.resolve();
  /** What the journal has told of. */
  #told: StoredDeployment;
  /** Of what was given to the store last. */
  #signature = "";
  #scaling: ScaleDecision | null = null;
  #cancelWake = (): void => undefined;
  #closed = false;

  constructor(parts: DeploymentParts, stored: StoredDeployment) {
    this.#parts = parts;
    this.#stored = stored;
    const isNew = stored.set.stable === 0 && stored.set.nextId === 1;
    this.#told = isNew ? { ...stored, set: { ...stored.set, generation: 0 } } : stored;
  }

  get stored(): StoredDeployment {
    return this.#stored;
  }

  /** How many are wanted. */
  get desired(): number {
    const { spec, extra, deleting } = this.#stored;
    const { min, max } = boundsOf(spec);
    return deleting ? 0 : Math.min(max, min + extra);
  }

  /** Each replica with its job, and what went wrong with it last. */
  get replicas(): readonly {
    readonly replica: Replica;
    readonly job: JobView | null;
    readonly port: number | null;
    readonly problem: string | null;
  }[] {
    return this.#stored.set.replicas.map((replica) => ({
      replica,
      job: this.#occupants.get(replica.id)?.job ?? null,
      port: this.#stored.ports[replica.id] ?? null,
      problem: this.#problems.get(replica.id) ?? waitOf(this.#occupants.get(replica.id)),
    }));
  }

  /** Goes on where it stood; resolves when that is stored. */
  begin(): Promise<void> {
    const { set } = this.#stored;
    this.#stored = { ...this.#stored, set: takenUp(set, this.#parts.clock.now()) };
    for (const replica of this.#stored.set.replicas) if (replica.phase !== "waiting") this.#submit(replica);
    return this.#settle();
  }

  /** What would be stored of it in another form. */
  changed(spec: DeploymentSpec): StoredDeployment {
    return withSpec(this.#stored, spec, this.#parts.clock.now());
  }

  /** Another form of the same deployment; resolves when it is stored. */
  change(spec: DeploymentSpec): Promise<void> {
    this.#stored = this.changed(spec);
    this.#checkAnew();
    return this.#settle();
  }

  /** A version that did not come up is tried once more. */
  resume(): Promise<void> {
    this.#stored = { ...this.#stored, set: resumed(this.#stored.set) };
    return this.#settle();
  }

  /** How many there are to be, within the policy's bounds. */
  scale(count: number, { actor, why }: ScaledBy): Promise<void> {
    const extra = Math.max(0, count - boundsOf(this.#stored.spec).min);
    if (extra === this.#stored.extra) return Promise.resolve();
    const from = this.desired;
    this.#stored = { ...this.#stored, extra };
    this.#note(actor, "deployment.scaled", { from, to: this.desired, why });
    return this.#settle();
  }

  /** Looks at the calls of a package's functions: instances are busy with some, and as many are wanted as all need. */
  look(calls: ReadonlyMap<string, number>): void {
    const { spec, set } = this.#stored;
    if (spec.package === undefined || this.#stored.deleting) return;
    const { jobs, clock } = this.#parts;
    for (const { id, tries, generation, phase, busy } of set.replicas) {
      const worker = phase === "waiting" ? undefined : workerOf(jobs, spec.name, id);
      if (worker === undefined) continue;
      this.#learn(generation, functionsOf(worker));
      if (worker.jobs.size !== busy) this.#tell(id, tries, { type: "busy", count: worker.jobs.size });
    }
    const value = this.#callsOf(calls);
    const readings = [{ name: "calls", kind: "total", value, target: spec.package.concurrency } as const];
    const rule = { ...boundsOf(spec), tolerance: 0, upWindowMs: 0, downWindowMs: spec.package.idleMs };
    const decided = decideScale(rule, { current: this.desired, readings, history: this.#scaling?.history ?? [] }, clock.now());
    this.#scaling = decided;
    const isKnown = functionsAt(this.#stored, set.generation).length > 0 || set.stalled;
    void this.scale(decided.desired, {
      actor: "server",
      why: isKnown ? decided.why : "its functions are not known before an instance brings them",
    });
  }

  /** Of all that its instances bring. Until the functions of a version are known one instance is there to bring them. */
  #callsOf(calls: ReadonlyMap<string, number>): number {
    const { generation, stable, stalled } = this.#stored.set;
    const wanted = functionsAt(this.#stored, generation);
    if (wanted.length === 0 && !stalled) return Math.max(1, this.#sumOf(functionsAt(this.#stored, stable), calls));
    return this.#sumOf([...wanted, ...functionsAt(this.#stored, stable)], calls);
  }

  #sumOf(functions: readonly string[], calls: ReadonlyMap<string, number>): number {
    return [...new Set(functions)].reduce((sum, label) => sum + (calls.get(label) ?? 0), 0);
  }

  #learn(generation: number, found: readonly string[]): void {
    const before = this.#stored;
    this.#stored = withFunctions(before, generation, found);
    if (this.#stored !== before) void this.#settle();
  }

  /** All replicas go, then the deployment does. */
  remove(): Promise<void> {
    this.#stored = { ...this.#stored, deleting: true };
    return this.#settle();
  }

  /** Its replicas go on; the next start finds them. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelWake();
    for (const occupant of this.#occupants.values()) release(occupant);
    await this.#writing;
  }

  /** Something happened to a replica's try; what is told of an earlier one is late. */
  #tell(id: number, tries: number, event: ReplicaEvent): void {
    const { set, spec } = this.#stored;
    if (this.#closed || set.replicas.find((one) => one.id === id)?.tries !== tries) return;
    const now = this.#parts.clock.now();
    this.#stored = { ...this.#stored, set: evolveReplicas(set, ruleOf(spec, this.desired), id, event, now) };
    void this.#settle();
  }

  #settle(): Promise<void> {
    const now = this.#parts.clock.now();
    const before = this.#stored;
    const { set, actions, wakeAt } = planReplicas(before.set, ruleOf(before.spec, this.desired), now);
    this.#stored = pruned({ ...before, set, ports: this.#portsFor(set, actions) });
    this.#tellJournal();
    this.#forgetGone(set);
    this.#wake(wakeAt);
    if (actions.length === 0 && signatureOf(this.#stored) === this.#signature) return this.#writing;
    this.#signature = signatureOf(this.#stored);
    return this.#store(() => {
      for (const action of actions) this.#perform(action);
      if (this.#stored.deleting && this.#stored.set.replicas.length === 0) this.#end();
    });
  }

  #tellJournal(): void {
    const facts = {
      desired: this.desired,
      problemOf: (id: number) => this.#problems.get(id) ?? null,
      jobOf: (id: number) => this.#occupants.get(id)?.job?.id ?? null,
    };
    for (const { action, detail } of happeningsBetween(this.#told, this.#stored, facts)) this.#note("server", action, detail);
    this.#told = this.#stored;
  }

  #note(actor: string, action: DeploymentAction, detail: JsonObject): void {
    const { jobs, meters } = this.#parts;
    const { name } = this.#stored.spec;
    meters.count(name, action, typeof detail["cause"] === "string" ? detail["cause"] : "");
    jobs.note(actor, action, name, detail);
  }

  #end(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#note("server", "deployment.deleted", {});
    this.#parts.gone(this.#stored.spec.name);
  }

  /** A try has the port of the try before, unless that may have been the trouble. */
  #portsFor({ replicas }: ReplicaSet, actions: readonly ReplicaAction[]): StoredDeployment["ports"] {
    const { ports } = this.#stored;
    const starting = new Set(actions.flatMap(({ type, replica }) => (type === "start" ? [replica.id] : [])));
    const taken = new Set(this.#parts.portsTaken());
    const entries = replicas.flatMap(({ id, generation }): (readonly [string, number])[] => {
      const port = starting.has(id) ? choosePort(specAt(this.#stored, generation).port, taken, this.#parts.random) : ports[id];
      if (port === null || port === undefined) return [];
      taken.add(port);
      return [[String(id), port]];
    });
    return Object.fromEntries(entries);
  }

  #forgetGone({ replicas }: ReplicaSet): void {
    const there = new Map(replicas.map((replica) => [replica.id, replica]));
    for (const [id, occupant] of this.#occupants) {
      const replica = there.get(id);
      if (replica !== undefined && replica.phase !== "waiting" && replica.tries === occupant.tries) continue;
      release(occupant);
      this.#occupants.delete(id);
    }
    for (const id of this.#problems.keys()) if (!there.has(id)) this.#problems.delete(id);
  }

  #wake(at: Instant | null): void {
    this.#cancelWake();
    if (at !== null && !this.#closed)
      this.#cancelWake = this.#parts.clock.after(Math.max(0, at - this.#parts.clock.now()), () => void this.#settle());
  }

  /** One write at a time, each of what there is by then, with what was told of it; a store that takes nothing is tried again. */
  #store(then: () => void): Promise<void> {
    const write = async (): Promise<void> => {
      if (this.#closed) return;
      const { jobs, tenant, clock } = this.#parts;
      const { name } = this.#stored.spec;
      const object = { tenant, kind: "deployment", name, spec: JSON.stringify(this.#stored), updatedAt: clock.now() };
      await jobs.keep(object, () => this.#closed);
      if (!this.#closed) then();
    };
    this.#writing = this.#writing.then(write);
    return this.#writing;
  }

  #perform({ type, replica }: ReplicaAction): void {
    if (type === "start") return this.#submit(replica);
    const occupant = this.#occupants.get(replica.id);
    if (occupant === undefined) return this.#tell(replica.id, replica.tries, { type: "ended" });
    if (type === "stop") return this.#stop(occupant);
    const { jobs } = this.#parts;
    const worker = workerOf(jobs, this.#stored.spec.name, replica.id);
    if (worker !== undefined) jobs.nodes.leave(worker);
  }

  #stop(occupant: Occupant): void {
    occupant.stopping = true;
    if (occupant.job === null) return;
    this.#parts.jobs.desk.cancel(occupant.job.id, `deployment ${this.#stored.spec.name}`).catch((error: unknown) => {
      if (!(error instanceof BatonError)) throw error;
    });
  }

  /** Whatever comes in the way of a try is its end, and nobody else's. */
  #submit(replica: Replica): void {
    this.#begin(replica).catch((error: unknown) => {
      const { id, tries } = replica;
      this.#problems.set(id, error instanceof Error ? error.message : String(error));
      this.#parts.log({ level: "error", message: `A replica of ${this.#stored.spec.name} could not be begun.`, error });
      const occupant = this.#occupants.get(id);
      if (occupant?.tries === tries) this.#stop(occupant);
      this.#tell(id, tries, { type: "ended" });
    });
  }

  /** The job of a replica's latest try, which may be there already. */
  async #begin({ id, tries, phase, generation }: Replica): Promise<void> {
    const stopping = phase === "stopping" || phase === "restarting";
    const occupant: Occupant = { tries, job: null, stopping, unwatch: () => undefined, endChecks: null };
    this.#occupants.set(id, occupant);
    const { createdAt, ports } = this.#stored;
    const spec = specAt(this.#stored, generation);
    const submitted = await submitReplica(this.#parts, { spec, createdAt, id, tries, port: ports[id] ?? null });
    if (this.#occupants.get(id) !== occupant || this.#closed) return;
    if (typeof submitted === "string") {
      this.#problems.set(id, submitted);
      return this.#tell(id, tries, { type: "ended" });
    }
    occupant.job = submitted;
    if (!isFinalJobStatus(submitted.status)) occupant.unwatch = await this.#watch(id, occupant, submitted.id);
    else this.#heard(id, occupant, submitted);
    if (occupant.stopping) this.#stop(occupant);
  }

  #watch(id: number, occupant: Occupant, job: string): Promise<() => void> {
    return this.#parts.jobs.desk.watch(job, (update) => this.#heard(id, occupant, update.job));
  }

  #heard(id: number, occupant: Occupant, job: JobView): void {
    if (this.#occupants.get(id) !== occupant || this.#closed) return;
    occupant.job = job;
    if (isFinalJobStatus(job.status)) {
      if (job.error !== null) this.#problems.set(id, `${job.error.message} (${job.error.code})`);
      this.#endWorker(id);
      return this.#tell(id, occupant.tries, { type: "ended" });
    }
    if (job.status !== "running") return;
    this.#tell(id, occupant.tries, { type: "began" });
    this.#check(id, occupant, job);
  }

  /** A worker whose process has ended is waited for by nobody. */
  #endWorker(id: number): void {
    const { jobs } = this.#parts;
    const worker = this.#stored.spec.package === undefined ? undefined : workerOf(jobs, this.#stored.spec.name, id);
    if (worker !== undefined) jobs.nodes.ended(worker);
  }

  /** How replicas are asked may have changed. */
  #checkAnew(): void {
    for (const [id, occupant] of this.#occupants) {
      if (occupant.endChecks === null || occupant.job === null) continue;
      occupant.endChecks();
      occupant.endChecks = null;
      this.#check(id, occupant, occupant.job);
    }
  }

  #check(id: number, occupant: Occupant, job: JobView): void {
    const { set, ports } = this.#stored;
    const replica = set.replicas.find((one) => one.id === id);
    if (replica === undefined || occupant.endChecks !== null) return;
    const spec = specAt(this.#stored, replica.generation);
    if (spec.health === null) return;
    const { jobs, clock } = this.#parts;
    occupant.endChecks = watchHealth({
      health: spec.health,
      jobs,
      clock,
      job,
      port: ports[id] ?? null,
      hasJoined: () => (workerOf(jobs, spec.name, id)?.link ?? null) !== null,
      told: (problem) => this.#checked(id, occupant, problem),
    });
  }

  /** What does not answer yet while it comes up is nothing to be told. */
  #checked(id: number, { tries }: Occupant, problem: string | null): void {
    const before = this.#phaseOf(id);
    this.#tell(id, tries, { type: "checked", healthy: problem === null });
    const isGivenUp = before === "starting" && this.#phaseOf(id) === "restarting";
    if (problem !== null && (before === "ready" || isGivenUp)) this.#problems.set(id, problem);
  }

  #phaseOf(id: number): ReplicaPhase | undefined {
    return this.#stored.set.replicas.find((replica) => replica.id === id)?.phase;
  }

  /** How many are ready. */
  get ready(): number {
    return replicaCount(this.#stored.set, "ready");
  }
}

/** What changes for good; checks and counts come and go. */
function signatureOf({ set, ...others }: StoredDeployment): string {
  const { nextId: _, replicas, ...rollout } = set;
  const kept = replicas.map(({ id, generation, phase, tries, crashes }) => [id, generation, phase, tries, crashes]);
  return JSON.stringify([others, rollout, kept]);
}

/** Why a replica has no place yet. */
function waitOf(occupant: Occupant | undefined): string | null {
  const { status, reason, id } = occupant?.job ?? {};
  return status === "pending" && reason !== null ? `it waits for a place: ${reason} (baton explain ${id})` : null;
}

function release({ unwatch, endChecks }: Occupant): void {
  unwatch();
  endChecks?.();
}
