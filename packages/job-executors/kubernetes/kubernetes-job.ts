// One job in a Kubernetes cluster, from its order to its result.
//
// | the job is | since                               | what makes it go on                                   |
// |------------|-------------------------------------|-------------------------------------------------------|
// | recorded   | its order is in its folder          | the Job is created; one that is there already is ours |
// | created    | the cluster has its Job             | the cluster makes a pod of it                         |
// | claimed    | the Job says which pod is the one   | we bind that pod to its node                          |
// | bound      | the pod has a node                  | the node runs it                                      |
// | ended      | its result is in its folder         | it is released: then the Job goes, with all its pods  |
//
// Clusters make another pod where one was deleted. It never runs: pods of ours get their node from us alone, and a Job has one
// pod that may, for ever. So a job runs at most once, whoever is killed in between.
//
// All steps are taken in one loop, one after the other; whatever happens wakes it. Stopping a job is a wish that the loop sees.
import { setTimeout as sleep } from "node:timers/promises";
import type { Instant, Json, JsonObject, Millis } from "@baton/core";
import { jobError } from "../errors.ts";
import type { Refusal } from "../launcher/command.ts";
import { RunClock } from "../launcher/run-clock.ts";
import { clusterRetryMs, defaultGraceMs, drainMs } from "../limits.ts";
import type { JobEnd, JobHandle, JobResult, JobUsage, OutputPiece, OutputPosition, StopCode } from "../port.ts";
import { isSignal } from "../spec.ts";
import { stopMessages } from "../stop-messages.ts";
import type { JobFolder, JobTerms } from "../state/job-folder.ts";
import { followOutput, OutputSignal } from "../state/output-reader.ts";
import { ApiRefusal, isPassing, type ApiCall, type ApiClient } from "./api-client.ts";
import { annotations, identityOf, leftToOthers, wholeSeconds } from "./manifest.ts";
import type { JobObject, PodObject } from "./objects.ts";
import { endOfPod, hasEnded, runningSince, startTrouble, terminatedState } from "./pod-end.ts";
import { PodOutput } from "./pod-output.ts";
import { createRefusal, noPodRefusal } from "./refusals.ts";

/** What jobs need of their executor. */
export interface ClusterHost {
  readonly client: ApiClient;
  /** How long what does not start is waited for. */
  readonly patienceMs: Millis;
  /** Aborted when the executor is closed. */
  readonly closing: AbortSignal;
  readonly onReleased: (job: KubernetesJob) => void;
}

/** Who the job is, and where. */
export interface PodIdentity {
  readonly allocation: string;
  readonly token: number;
  readonly startedAt: Instant;
  readonly terms: JobTerms;
  readonly namespace: string;
  readonly node: string;
  /** Of its Job. */
  readonly name: string;
}

/** The executor lets go: nothing more is to be decided. */
class LetGo extends Error {
  override readonly name = "LetGo";
}

const conflict = 409;
const missing = 404;

/** A job in a cluster. */
export class KubernetesJob implements JobHandle {
  readonly allocation: string;
  readonly token: number;
  readonly result: Promise<JobResult>;
  readonly began: Promise<void>;
  readonly identity: PodIdentity;
  readonly #host: ClusterHost;
  readonly #folder: JobFolder;
  readonly #signal = new OutputSignal();
  readonly #changes = new OutputSignal();
  readonly #settle: (result: JobResult) => void;
  readonly #begin: () => void;
  readonly #following = new AbortController();
  readonly #output: PodOutput;
  /** Pods of the Job that have not been claimed. */
  readonly #candidates = new Map<string, PodObject>();
  #object: JobObject | undefined;
  #isJobGone = false;
  #pod: PodObject | undefined;
  /** It has a node, or was given one that we have not seen on it yet. */
  #isBound = false;
  #isPodGone = false;
  #reason: Refusal | undefined;
  #graceMs: Millis = Infinity;
  #askedGraceMs: Millis = Infinity;
  #troubledSince: Instant | undefined;
  #alarm: NodeJS.Timeout | undefined;
  #runningSince: Instant | undefined;
  #isResumed = false;
  #clock: RunClock | undefined;
  #reading: Promise<void> | undefined;
  #ended: JobResult | undefined;

  constructor(host: ClusterHost, identity: PodIdentity, folder: JobFolder) {
    const { promise, resolve } = Promise.withResolvers<JobResult>();
    this.allocation = identity.allocation;
    this.token = identity.token;
    this.identity = identity;
    this.result = promise;
    this.#host = host;
    this.#folder = folder;
    this.#settle = resolve;
    const began = Promise.withResolvers<void>();
    this.began = began.promise;
    this.#begin = began.resolve;
    this.#output = new PodOutput(host.client, folder.path, () => this.#signal.grown());
  }

  /** Runs a job that was just recorded. */
  run(manifest: JsonObject): void {
    void this.#live(() => this.#create(manifest));
  }

  /** Goes on with a job of a predecessor's: with its Job, or without one. */
  resume(object: JobObject | undefined): void {
    this.#object = object;
    this.#isResumed = true;
    this.#isJobGone = object === undefined;
    void this.#live(() => Promise.resolve(undefined));
  }

  /** A job that has ended before. */
  ended(result: JobResult): void {
    this.#ended = result;
    this.#settle(result);
    this.#signal.end();
  }

  /** The cluster has written on its Job. */
  jobChanged(object: JobObject): void {
    if (this.#object !== undefined && this.#claim === undefined) this.#object = object;
  }

  /** Its Job was deleted. */
  jobGone(): void {
    this.#isJobGone = true;
    this.#changes.grown();
  }

  /** One of its pods is there, or changed. */
  podChanged(pod: PodObject): void {
    const { uid } = pod.metadata;
    if (uid === this.#claim) this.#pod = pod;
    else this.#candidates.set(uid, pod);
    this.#changes.grown();
  }

  /** One of its pods is gone; what it was at last. */
  podGone(pod: PodObject): void {
    this.#candidates.delete(pod.metadata.uid);
    if (pod.metadata.uid !== this.#claim) return;
    this.#pod = pod;
    this.#isPodGone = true;
    this.#changes.grown();
  }

  /** The node of the cluster that it was given. */
  get node(): string {
    return this.identity.node;
  }

  output(from: OutputPosition = { stdout: 0, stderr: 0 }): AsyncIterable<OutputPiece> {
    return followOutput(this.#folder.path, this.#signal, from);
  }

  signal(signal: string): Promise<void> {
    if (!isSignal(signal))
      return Promise.reject(jobError("job-spec-invalid", { message: `This machine has no signal ${JSON.stringify(signal)}.` }));
    return this.#unsupported("A pod can be stopped, but not sent a signal.");
  }

  stop({ code = "job-cancelled", graceMs }: { readonly code?: StopCode; readonly graceMs?: Millis } = {}): Promise<void> {
    this.#wishEnd({ code, message: stopMessages[code] }, graceMs);
    return Promise.resolve();
  }

  freeze(): Promise<void> {
    return this.#unsupported("A pod cannot be frozen.");
  }

  thaw(): Promise<void> {
    return Promise.resolve();
  }

  usage(): Promise<JobUsage> {
    return Promise.resolve(this.#ended?.usage ?? this.#usage(Date.now()));
  }

  /** A Job that cannot be deleted now is later; the next executor would find it, and report its end again. */
  async release(): Promise<void> {
    if (this.#ended === undefined) throw jobError("job-running", { where: this.allocation });
    await Promise.race([this.#dispose().catch(() => undefined), sleep(drainMs, undefined, { ref: false })]);
    this.#folder.remove();
    this.#host.onReleased(this);
  }

  /** Stops following; the pod runs on. */
  letGo(): void {
    this.#rest();
    this.#changes.end();
  }

  /** The one pod that may run, as it is written on the Job. */
  get #claim(): string | undefined {
    return this.#object?.metadata.annotations?.[annotations.pod];
  }

  async #live(begin: () => Promise<JobEnd | undefined>): Promise<void> {
    try {
      let end = await begin();
      while (end === undefined) {
        const { version } = this.#changes;
        end = await this.#next();
        if (end === undefined) await this.#changes.after(version);
        if (this.#host.closing.aborted) return;
      }
      this.#finish(end);
    } catch (error) {
      if (error instanceof LetGo) return;
      this.#finish({ kind: "failed", ...(this.#reason ?? createRefusal(error)) });
    }
  }

  /** One step; gives the end when there is one. */
  async #next(): Promise<JobEnd | undefined> {
    const pod = this.#pod ?? this.#claimed();
    if (pod === undefined) return this.#withoutPod();
    if (this.#isPodGone || hasEnded(pod)) return this.#over(pod);
    this.#isBound ||= pod.spec.nodeName !== undefined;
    if (this.#reason !== undefined) return this.#isBound ? this.#endPod(pod) : this.#withdraw(this.#reason);
    if (!this.#isBound) return this.#bind(pod);
    const since = runningSince(pod);
    if (since === undefined) this.#waitsToStart(pod);
    else this.#runs(pod, Date.parse(since));
    return undefined;
  }

  /** A predecessor may have claimed it before we saw it. */
  #claimed(): PodObject | undefined {
    const found = this.#candidates.get(this.#claim ?? "");
    if (found === undefined) return undefined;
    this.#candidates.delete(found.metadata.uid);
    return (this.#pod = found);
  }

  async #create(manifest: JsonObject): Promise<JobEnd | undefined> {
    const { namespace, name, allocation, token } = this.identity;
    try {
      this.#object = (await this.#insist("POST", `/apis/batch/v1/namespaces/${namespace}/jobs`, manifest)) as unknown as JobObject;
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.status === conflict)) throw error;
      const there = (await this.#insist("GET", this.#jobPath)) as unknown as JobObject;
      const identity = identityOf(there);
      if (identity?.allocation !== allocation || identity.token !== token)
        return { kind: "failed", code: "job-start-failed", message: `The namespace ${namespace} has another Job with the name ${name}.` };
      this.#object = there;
    }
    return undefined;
  }

  async #withoutPod(): Promise<JobEnd | undefined> {
    if (this.#reason !== undefined) return this.#withdraw(this.#reason);
    if (this.#isJobGone) return { kind: "failed", code: "job-lost", message: "Its Job is not in the cluster any more." };
    if (this.#claim !== undefined) return { kind: "failed", code: "job-lost", message: "Its pod is gone, so how it ended is unknown." };
    const [candidate] = this.#candidates.values();
    if (candidate !== undefined) return this.#claimPod(candidate);
    this.#troubledSince ??= Date.now();
    if (this.#isPatient()) return undefined;
    this.#wishEnd(await noPodRefusal(this.#host.client, this.identity.namespace, this.#object), 0);
    return undefined;
  }

  /** From here on no other pod of the Job can run. Who else changed the Job meanwhile makes us look again. */
  async #claimPod(candidate: PodObject): Promise<undefined> {
    const { uid } = candidate.metadata;
    const resourceVersion = this.#object?.metadata.resourceVersion ?? null;
    const body = { metadata: { resourceVersion, annotations: { [annotations.pod]: uid } } };
    try {
      this.#object = (await this.#insist("PATCH", this.#jobPath, body)) as unknown as JobObject;
    } catch (error) {
      if (!(error instanceof ApiRefusal && [conflict, missing].includes(error.status))) throw error;
      if (error.status === missing) this.#isJobGone = true;
      else this.#object = (await this.#insist("GET", this.#jobPath)) as unknown as JobObject;
    }
    this.#changes.grown();
    return undefined;
  }

  /** Refused where it has a node already, or is gone: the watch tells. */
  async #bind({ metadata }: PodObject): Promise<undefined> {
    const target = { apiVersion: "v1", kind: "Node", name: this.identity.node };
    const body = { apiVersion: "v1", kind: "Binding", metadata: { name: metadata.name, uid: metadata.uid }, target };
    try {
      await this.#insist("POST", `${this.#podPath(metadata.name)}/binding`, body);
    } catch (error) {
      if (!(error instanceof ApiRefusal && [conflict, missing].includes(error.status))) throw error;
    }
    this.#isBound = true;
    this.#troubledSince = undefined;
    return undefined;
  }

  /** A pod that ran while nobody was there is as old as its node says. */
  #runs(pod: PodObject, nodeSince: Instant): void {
    this.#troubledSince = undefined;
    this.#begin();
    this.#runningSince ??= this.#isResumed ? nodeSince : Date.now();
    this.#clock ??= this.#startClock(Date.now() - this.#runningSince);
    this.#reading ??= this.#output.follow(this.#podPath(pod.metadata.name), this.#following.signal);
  }

  #startClock(ranMs: Millis): RunClock {
    const { timeoutMs } = this.identity.terms;
    const tooLong: Refusal = { code: "job-timed-out", message: `It ran for more than ${timeoutMs} ms.` };
    const clock = new RunClock(timeoutMs === undefined ? undefined : timeoutMs - ranMs, () => this.#wishEnd(tooLong));
    clock.start();
    return clock;
  }

  #waitsToStart(pod: PodObject): void {
    const trouble = startTrouble(pod);
    if (trouble === undefined) return;
    this.#troubledSince ??= Date.now();
    if (!trouble.isFinal && this.#isPatient()) return;
    this.#wishEnd({ code: trouble.code, message: trouble.message }, 0);
  }

  /** Looks again when it is over. */
  #isPatient(): boolean {
    const leftMs = (this.#troubledSince ?? Date.now()) + this.#host.patienceMs - Date.now();
    clearTimeout(this.#alarm);
    if (leftMs <= 0) return false;
    this.#alarm = setTimeout(() => this.#changes.grown(), leftMs);
    return true;
  }

  /** Asks the cluster to end it: once, and once more for each shorter grace. */
  async #endPod({ metadata }: PodObject): Promise<undefined> {
    if (this.#graceMs >= this.#askedGraceMs) return undefined;
    this.#askedGraceMs = this.#graceMs;
    const body = { gracePeriodSeconds: wholeSeconds(this.#graceMs), preconditions: { uid: metadata.uid } };
    await this.#insist("DELETE", this.#podPath(metadata.name), body).catch((error: unknown) => {
      if (!(error instanceof ApiRefusal && [conflict, missing].includes(error.status))) throw error;
    });
    return undefined;
  }

  /** Nothing of it runs, or will. */
  async #withdraw(reason: Refusal): Promise<JobEnd> {
    await this.#deleteJob();
    return { kind: "failed", ...reason };
  }

  /** The output is read to its end, but a node that is gone cannot hold us up. */
  async #over(pod: PodObject): Promise<JobEnd> {
    const path = this.#podPath(pod.metadata.name);
    await Promise.race([this.#reading, sleep(drainMs)]);
    this.#following.abort();
    await this.#reading;
    if (!this.#isPodGone) await this.#output.finish(path, this.#host.closing);
    if (this.#host.closing.aborted) throw new LetGo();
    this.#output.end();
    // Else the cluster would make another pod, which would wait for ever.
    if (this.#isPodGone) await this.#deleteJob();
    return endOfPod(pod, this.#reason, this.identity.terms.limits.memoryBytes);
  }

  /** The first reason counts; a later one may shorten the grace. */
  #wishEnd(reason: Refusal, graceMs: Millis = this.identity.terms.graceMs ?? defaultGraceMs): void {
    if (this.#ended !== undefined) return;
    this.#reason ??= reason;
    this.#graceMs = Math.min(this.#graceMs, graceMs);
    this.#changes.grown();
  }

  /** As its order says: deletes its Job, or leaves it to the cluster or to people. */
  async #dispose(): Promise<void> {
    const change = this.#object && leftToOthers(this.#object);
    if (change === undefined) return this.#deleteJob();
    await this.#insist("PATCH", this.#jobPath, change);
  }

  async #deleteJob(): Promise<void> {
    try {
      await this.#insist("DELETE", this.#jobPath, { propagationPolicy: "Background" });
    } catch (error) {
      if (!(error instanceof ApiRefusal && error.status === missing)) throw error;
    }
  }

  /** Asks until the cluster answers. Throws what it refuses, and when the executor lets go. */
  async #insist(method: ApiCall["method"], path: string, body?: Json): Promise<Json> {
    const signal = this.#host.closing;
    // An API server that starts does not know for a moment who may do what. What is to end must: it may not seem to have ended before.
    const deniedUntil = method === "DELETE" ? Infinity : Date.now() + this.#host.patienceMs;
    for (let waitMs = clusterRetryMs.first; ; waitMs = Math.min(waitMs * 2, clusterRetryMs.longest)) {
      if (signal.aborted) throw new LetGo();
      try {
        return await this.#host.client.ask({ method, path, signal, ...(body !== undefined && { body }) });
      } catch (error) {
        if (!isPassing(error) && !(isDenied(error) && Date.now() < deniedUntil)) throw error;
      }
      await sleep(waitMs, undefined, { signal }).catch(() => undefined);
    }
  }

  get #jobPath(): string {
    return `/apis/batch/v1/namespaces/${this.identity.namespace}/jobs/${this.identity.name}`;
  }

  #podPath(name: string): string {
    return `/api/v1/namespaces/${this.identity.namespace}/pods/${name}`;
  }

  #unsupported(message: string): Promise<never> {
    return Promise.reject(jobError("operation-unsupported", { where: this.allocation, message }));
  }

  #usage(now: Instant): JobUsage {
    return { cpuMs: 0, memoryPeakBytes: 0, wallMs: now - (this.#runningSince ?? this.identity.startedAt) };
  }

  #rest(): void {
    this.#following.abort();
    this.#clock?.stop();
    clearTimeout(this.#alarm);
  }

  #finish(end: JobEnd): void {
    this.#rest();
    // It may have been over before we saw it run.
    if (this.#pod !== undefined && terminatedState(this.#pod) !== undefined) this.#begin();
    const [startedAt, endedAt] = this.#times();
    const result: JobResult = { end, usage: { cpuMs: 0, memoryPeakBytes: 0, wallMs: endedAt - startedAt }, startedAt, endedAt };
    this.#folder.keep(result);
    this.ended(result);
  }

  /** By our own clock where we saw it; by its node's where it ran while nobody was there. */
  #times(): readonly [Instant, Instant] {
    const state = this.#pod && terminatedState(this.#pod);
    if (this.#runningSince !== undefined || state === undefined) return [this.#runningSince ?? this.identity.startedAt, Date.now()];
    const startedAt = Date.parse(state.startedAt ?? "") || this.identity.startedAt;
    return [startedAt, Math.max(startedAt, Date.parse(state.finishedAt ?? "") || Date.now())];
  }
}

function isDenied(error: unknown): boolean {
  return error instanceof ApiRefusal && (error.status === 401 || error.status === 403);
}
