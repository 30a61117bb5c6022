// Autoscalers under way: each measures, decides and asks for what it decided, again and again.
//
// What a decision rests on is kept with it, so that people see why. Only the spec and what was asked for last are stored: windows are
// filled anew after a start, and until they are nothing is scaled down.
import { BatonError, jsonEquals, newId, type Instant, type Json } from "@baton/core";
import { decideScale, type HoldReason, type ScaleDecision } from "@baton/scheduler";
import type { Store, StoredObject } from "@baton/storage";
import type { Clock } from "../clock.ts";
import { runtimeError } from "../errors.ts";
import type { AppliedObject, Staged } from "../jobs/staged.ts";
import type { Jobs } from "../jobs/jobs.ts";
import type { LogRecord } from "../log-record.ts";
import { measure } from "./measure.ts";
import { ScaleMeters } from "./meters.ts";
import type { AutoscalerSpec } from "./spec.ts";
import { readTarget, targetKey, writeTarget, type TargetParts } from "./targets.ts";

/** What autoscalers work with. */
export interface AutoscalersParts extends TargetParts {
  readonly jobs: Jobs;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: (record: LogRecord) => void;
}

/** Why something else is done than is wanted; `switched-off`: there is none, and there is to be none. */
export type ScaleHold = HoldReason | "switched-off";

/** What one decided last. */
export interface ScaleView {
  readonly at: Instant;
  readonly current: number;
  /** What the measurements want, before bounds and windows; null: nothing is known. */
  readonly wanted: number | null;
  readonly desired: number;
  /** Why what is wanted is not done, or not yet. */
  readonly held: ScaleHold | null;
  readonly why: string;
  readonly measured: readonly {
    readonly name: string;
    readonly value: number | null;
    readonly target: number;
    readonly wanted: number | null;
  }[];
}

/** An autoscaler as people see it. */
export interface AutoscalerView {
  readonly spec: AutoscalerSpec;
  /** Null: it has not decided yet. */
  readonly decision: ScaleView | null;
  /** Why it cannot do what it decided. */
  readonly problem: string | null;
}

interface Autoscaler {
  spec: AutoscalerSpec;
  asked: number;
  history: ScaleDecision["history"];
  decision: ScaleView | null;
  problem: string | null;
  /** What its target was asked for and has not taken yet. */
  telling: { readonly desired: number; readonly id: string } | null;
  /** The decision that the audit log has last, without its measurements. */
  noted: string;
  cancel: () => void;
}

/** What is stored of one. */
interface StoredAutoscaler {
  readonly spec: AutoscalerSpec;
  readonly asked: number;
}

/** All autoscalers of a server. */
export class Autoscalers {
  readonly meters = new ScaleMeters();
  readonly #parts: AutoscalersParts;
  readonly #all = new Map<string, Autoscaler>();
  #closed = false;

  constructor(parts: AutoscalersParts) {
    this.#parts = parts;
  }

  /** Takes up what the store holds. */
  async recover(): Promise<void> {
    const { store, tenant } = this.#parts;
    for (const { name, spec } of await store.listObjects(tenant, "autoscaler"))
      // What was applied meanwhile is newer.
      if (!this.#all.has(name)) this.#add(JSON.parse(spec) as StoredAutoscaler);
  }

  /** Creates autoscalers, or changes them. */
  apply(specs: readonly AutoscalerSpec[]): Promise<readonly AppliedObject[]> {
    return this.#parts.jobs.applyStaged([this.stage(specs)]);
  }

  /** To be stored with what else is applied; they measure once it is. */
  stage(specs: readonly AutoscalerSpec[]): Staged {
    this.#claimTargets(specs);
    const all = specs.map((spec) => {
      const known = this.#all.get(spec.name);
      return { stored: { spec, asked: known?.asked ?? spec.min }, known, result: resultFor(spec, known) };
    });
    const fresh = all.filter(({ result }) => result.result !== "unchanged");
    return {
      results: all.map(({ result }) => result),
      objects: fresh.map(({ stored }) => this.#row(stored)),
      audit: fresh.map(({ stored: { spec }, result }) => ({
        at: this.#parts.clock.now(),
        actor: "api",
        action: `autoscaler.${result.result}`,
        subject: spec.name,
        detail: { spec: asJson(spec) },
      })),
      carryOut: async () => {
        for (const { stored, known } of fresh) {
          known?.cancel();
          this.#add({ ...stored, asked: known?.asked ?? stored.asked }, known);
          // What the one before asked for meanwhile may be stored over this: behind that, once more.
          if (known !== undefined) await this.#store({ ...stored, asked: known.asked });
        }
      },
      takeBack: () => undefined,
    };
  }

  /** What is scaled stays as it is. */
  async delete(name: string): Promise<void> {
    this.#get(name).cancel();
    this.#all.delete(name);
    this.meters.forget(name);
    this.#parts.jobs.note("api", "autoscaler.deleted", name);
    await this.#parts.jobs.drop("autoscaler", name, () => this.#all.has(name));
  }

  list(): readonly AutoscalerView[] {
    return [...this.#all.values()].map(viewOf).sort((a, b) => (a.spec.name < b.spec.name ? -1 : 1));
  }

  get(name: string): AutoscalerView {
    return viewOf(this.#get(name));
  }

  /** What one would decide now; nothing is asked for. */
  async plan(spec: AutoscalerSpec): Promise<ScaleView> {
    const known = this.#all.get(spec.name);
    return (await this.#decide(spec, known?.asked ?? spec.min, known?.history ?? [])).view;
  }

  close(): void {
    this.#closed = true;
    for (const { cancel } of this.#all.values()) cancel();
  }

  /** Throws where two that act would have one target. */
  #claimTargets(specs: readonly AutoscalerSpec[]): void {
    const names = new Set(specs.map(({ name }) => name));
    const others = [...this.#all.values()].map(({ spec }) => spec).filter(({ name }) => !names.has(name));
    const taken = new Map<string, string>();
    for (const { name, target, dryRun } of [...others, ...specs]) {
      const key = targetKey(target);
      const other = dryRun ? undefined : taken.get(key);
      if (other !== undefined)
        throw runtimeError("scale-target-taken", { message: `The autoscaler ${other} scales that already (${key}).`, where: name });
      if (!dryRun) taken.set(key, name);
    }
  }

  #add({ spec, asked }: StoredAutoscaler, before?: Autoscaler): void {
    const one: Autoscaler = {
      spec,
      asked,
      history: before?.history ?? [],
      decision: null,
      problem: null,
      telling: null,
      noted: "",
      cancel: () => undefined,
    };
    this.#all.set(spec.name, one);
    void this.#round(one);
  }

  async #round(one: Autoscaler): Promise<void> {
    try {
      await this.#act(one);
      one.problem = null;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#failed(one, error instanceof BatonError ? error : runtimeError("scale-target-failed", { message, cause: error }));
    }
    if (!this.#isGone(one)) one.cancel = this.#parts.clock.after(one.spec.intervalMs, () => void this.#round(one));
  }

  /** The same trouble is told once. */
  #failed(one: Autoscaler, error: BatonError): void {
    const { name } = one.spec;
    const problem = `${error.message} (${error.code})`;
    if (this.#isGone(one)) return;
    this.meters.failed(name);
    if (one.problem === problem) return;
    one.problem = problem;
    this.#parts.jobs.note(`autoscaler ${name}`, "autoscaler.failed", name, { why: error.message, code: error.code });
    this.#parts.log({ level: "warning", message: `The autoscaler ${name} cannot act: ${problem}`, error });
  }

  async #act(one: Autoscaler): Promise<void> {
    const { spec } = one;
    const { view, history } = await this.#decide(spec, one.asked, one.history);
    if (this.#isGone(one)) return;
    one.history = history;
    one.decision = view;
    this.meters.decided(spec.name, view);
    this.#note(one, view);
    if (view.desired === view.current || spec.dryRun) return;
    const { current, desired, why } = view;
    if (one.telling?.desired !== desired) one.telling = { desired, id: newId("evt", view.at, this.#parts.random) };
    await writeTarget(this.#parts, spec.target, { autoscaler: spec.name, current, desired, why, id: one.telling.id });
    one.telling = null;
    if (this.#isGone(one)) return;
    one.asked = desired;
    this.#parts.log({ level: "info", message: `The autoscaler ${spec.name} ${why}.` });
    await this.#store({ spec, asked: desired });
  }

  /** A decision that is the one before, with other measurements, is not noted again. */
  #note(one: Autoscaler, { current, wanted, desired, held, measured }: ScaleView): void {
    const { name, dryRun } = one.spec;
    const decided = { current, wanted, desired, held, dryRun };
    const key = JSON.stringify(decided);
    if (one.noted === key) return;
    one.noted = key;
    const detail = { ...decided, measured: measured.map((each) => ({ ...each })) };
    this.#parts.jobs.note(`autoscaler ${name}`, "autoscaler.decided", name, detail);
  }

  /** It was deleted or changed meanwhile, or the server ends. */
  #isGone(one: Autoscaler): boolean {
    return this.#closed || this.#all.get(one.spec.name) !== one;
  }

  async #decide(
    spec: AutoscalerSpec,
    asked: number,
    before: ScaleDecision["history"],
  ): Promise<{ readonly view: ScaleView; readonly history: ScaleDecision["history"] }> {
    const { current, ...bounds } = await readTarget(this.#parts, spec.target, asked);
    const at = this.#parts.clock.now();
    const readings = spec.metrics.map((metric) => measure(metric, this.#parts.jobs, at));
    const { desired, wanted, held, why, wishes, history } = decideScale(within(spec, bounds), { current, readings, history: before }, at);
    const measured = wishes.map(({ reading: { name, value, target }, wanted }) => ({ name, value, target, wanted }));
    const course = isSwitchedOff(spec, current) ? { desired: 0, held: "switched-off" as const, why: switchedOff } : { desired, held, why };
    return { view: { at, current, wanted, ...course, measured }, history };
  }

  async #store(stored: StoredAutoscaler): Promise<void> {
    await this.#parts.jobs.keep(this.#row(stored), () => this.#closed);
  }

  #row(stored: StoredAutoscaler): StoredObject {
    const { tenant, clock } = this.#parts;
    return { tenant, kind: "autoscaler", name: stored.spec.name, spec: JSON.stringify(stored), updatedAt: clock.now() };
  }

  #get(name: string): Autoscaler {
    const found = this.#all.get(name);
    if (found === undefined) throw runtimeError("autoscaler-unknown", { message: `There is no autoscaler ${name}.`, where: name });
    return found;
  }
}

/** What the target itself allows is not exceeded: it would be asked for again and again. */
function within(spec: AutoscalerSpec, { min = 0, max = spec.max }: { readonly min?: number; readonly max?: number }): AutoscalerSpec {
  const most = Math.max(min, Math.min(max, spec.max));
  return { ...spec, min: Math.min(most, Math.max(min, spec.min)), max: most };
}

/** As with Kubernetes' own autoscaler: who scales a workload to nothing wants it off. */
function isSwitchedOff({ target, min }: AutoscalerSpec, current: number): boolean {
  return target.kind === "kubernetes" && current === 0 && min > 0;
}

const switchedOff = "stays at 0: somebody has scaled it to nothing, which min does not allow, so it is left alone until it is scaled up";

function resultFor(spec: AutoscalerSpec, known: Autoscaler | undefined): AppliedObject {
  const isSame = known !== undefined && jsonEquals(asJson(known.spec), asJson(spec));
  return { kind: "autoscaler", name: spec.name, result: known === undefined ? "created" : isSame ? "unchanged" : "changed" };
}

function viewOf({ spec, decision, problem }: Autoscaler): AutoscalerView {
  return { spec, decision, problem };
}

function asJson(spec: AutoscalerSpec): Json {
  return JSON.parse(JSON.stringify(spec)) as Json;
}
