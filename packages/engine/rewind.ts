// Where a run stood before something happened to it, found in its events: what a retry or a fork goes on from. The state itself
// keeps nothing of steps that have ended, so a run that never fails pays nothing for this.
//
// A step that failed by itself is to be started again with the same input, and so is work that was stopped because something
// around it failed. What is around them goes on, and so does what waited: steps that are done are not done again.
import { defined, type Instant, type Json } from "@baton/core";
import type { StepId } from "./commands.ts";
import type { Definitions } from "./definitions.ts";
import type { EventOf, WorkflowEvent } from "./events.ts";
import { StepMap } from "./step-map.ts";
import { apply, type Draft } from "./evolve.ts";
import type { Standing } from "./snapshot.ts";
import { cursorAt, framesBelow, inside, rootId, tasksOf, type Cursor, type Frame, type Progress, type RunState } from "./state.ts";

/** Where a faulted run failed; no frames: it did not fault, or before its first step, or what it did was undone. */
export interface Failure extends Standing {
  /** Runs that failed steps had awaited. */
  readonly awaited: readonly string[];
}

/** Where a run failed that has faulted, from all of its events. `awaitingAgain` says what becomes of the runs that it awaited. */
export function rewindFault(workflow: Definitions, events: readonly WorkflowEvent[]): Failure {
  const rewind = new Rewind(workflow);
  for (const event of events) rewind.follow(event);
  return rewind.failure();
}

/** A run before one of its steps: what is under way then, and what had happened. */
export interface Before {
  /** Nothing is under way in it: that is in the standing. */
  readonly state: RunState;
  readonly standing: Standing;
  /** How many events had happened. */
  readonly events: number;
}

/** A run before a step, which is to be started with that input, or with its own; null: the run has no such step. */
export function rewindTo(workflow: Definitions, events: readonly WorkflowEvent[], step: StepId, input?: Json): Before | null {
  const rewind = new Rewind(workflow);
  for (const [position, event] of events.entries()) {
    if ((event.type === "StepStarted" || event.type === "StepSkipped") && event.step === step)
      return { ...rewind.before(event, input), events: position };
    rewind.follow(event);
  }
  return null;
}

/** Steps as they were when they fell, parents before children, with the contexts that were theirs. */
interface Fallen extends Standing {
  /** The step that failed; null: an attempt ran out of time, and `frames` begin with the try as it was. */
  readonly top: Frame | null;
  /** It fell in a definition that the run has no longer. */
  readonly outdated?: true;
}

class Rewind {
  readonly #workflow: Definitions;
  #draft: Draft | null = null;
  /** By the place whose cursor says `faulted`. */
  readonly #fallen = new Map<string, Fallen>();
  /** Steps below which something has been started. */
  readonly #begun = new Set<StepId>();
  #ended: Fallen | null = null;

  constructor(workflow: Definitions) {
    this.#workflow = workflow;
  }

  follow(event: WorkflowEvent): void {
    const draft = this.#draft;
    if (draft !== null) this.#remember(draft, event);
    this.#draft = apply(this.#workflow, draft, event);
  }

  failure(): Failure {
    const root = this.#ended?.frames.get(rootId);
    if (this.#ended === null || root === undefined || !this.#goesOn(root)) return { frames: new Map(), contexts: new Map(), awaited: [] };
    const revival = new Revival(this.#fallen, this.#begun, true);
    revival.keep(root, this.#ended);
    return revival.failure();
  }

  before({ parent, index }: Pick<EventOf<"StepStarted">, "parent" | "index">, input?: Json): Omit<Before, "events"> {
    const draft = defined(this.#draft, "an event before the first step");
    const revival = new Revival(this.#fallen, this.#begun, false);
    revival.keep(frameOf(draft, rootId), draft);
    const { frames, contexts } = revival.failure();
    const above = defined(frames.get(parent), `step ${parent}`);
    if (input !== undefined)
      frames.set(parent, { ...above, progress: withCursor(above.progress, index, { at: "next", index, data: input }) });
    const { compensations, failedCompensations } = draft;
    const state = { ...draft, frames: new StepMap<Frame>(), contexts: new StepMap<Json>(), deferred: [] };
    return { state, standing: { frames, contexts, compensations, failedCompensations } };
  }

  /** What was undone cannot go on; nor can a run that did not begin. */
  #goesOn(root: Frame): boolean {
    const isClean = root.progress.kind !== "compensating" && this.#draft?.failedCompensations.length === 0;
    return isClean && this.#begun.has(rootId);
  }

  #remember(draft: Draft, event: WorkflowEvent): void {
    switch (event.type) {
      case "StepStarted":
      case "StepSkipped":
        this.#begun.add(event.parent);
        return;
      case "StepFaulted":
        return this.#stepFaulted(draft, event);
      case "AttemptTimedOut":
        return this.#timedOut(draft, event.step);
      case "RunForked":
      case "RunMigrated":
        for (const [place, fallen] of this.#fallen) this.#fallen.set(place, { ...fallen, outdated: true });
        return;
      case "RunFaulted":
        this.#ended = fallenFrom(draft, rootId);
        return;
      default:
    }
  }

  /** What has failed already when the time runs out is what failed. */
  #timedOut(draft: Draft, step: StepId): void {
    const frame = frameOf(draft, step);
    if (cursorAt(frame.progress, 0)?.at !== "faulted") this.#fallen.set(placeOf(frame, 0), { ...fallenFrom(draft, step), top: null });
  }

  #stepFaulted(draft: Draft, { step }: EventOf<"StepFaulted">): void {
    const { parent, index } = frameOf(draft, step);
    this.#fallen.set(placeOf(frameOf(draft, parent), index), fallenFrom(draft, step));
  }
}

function frameOf(draft: Draft, step: StepId): Frame {
  return defined(draft.frames.get(step), `step ${step} of run ${draft.id}`);
}

/** A list has one place, a fork one for each branch. */
function placeOf({ id, progress }: Frame, index: number): string {
  return progress.kind === "fork" ? `${id}/${index}` : String(id);
}

function fallenFrom(draft: Draft, step: StepId): Fallen {
  const top = frameOf(draft, step);
  const frames = new Map([[step, top]]);
  for (const frame of framesBelow(draft, step)) frames.set(frame.id, frame);
  const contexts = new Map<StepId, Json>();
  for (const id of frames.keys()) {
    const context = draft.contexts.get(id);
    if (context !== undefined) contexts.set(id, context);
  }
  return { top, frames, contexts };
}

/** Puts together what goes on. */
class Revival {
  readonly #fallen: ReadonlyMap<string, Fallen>;
  readonly #begun: ReadonlySet<StepId>;
  /** What failed is to go on. */
  readonly #mends: boolean;
  readonly #frames = new Map<StepId, Frame>();
  readonly #contexts = new Map<StepId, Json>();
  readonly #awaited: string[] = [];

  constructor(fallen: ReadonlyMap<string, Fallen>, begun: ReadonlySet<StepId>, mends: boolean) {
    this.#fallen = fallen;
    this.#begun = begun;
    this.#mends = mends;
  }

  failure(): Failure & { readonly frames: Map<StepId, Frame> } {
    const frames = new Map([...this.#frames].sort(([a], [b]) => a - b));
    return { frames, contexts: this.#contexts, awaited: this.#awaited };
  }

  /** Keeps a step, and below it whatever can go on as it was. */
  keep(frame: Frame, from: Standing): void {
    const { progress } = frame;
    const stopped = this.#stoppedAttempt(frame);
    if (stopped !== undefined) return this.keep(defined(stopped.frames.get(frame.id), `step ${frame.id}`), stopped);
    const context = from.contexts.get(frame.id);
    if (context !== undefined) this.#contexts.set(frame.id, context);
    if (progress.kind === "fork") {
      const branches = progress.branches.map((cursor, index) => this.#cursor(frame, cursor, index, from));
      const fault = branches.some(({ at }) => at === "faulted") ? progress.fault : null;
      this.#frames.set(frame.id, { ...frame, progress: { ...progress, branches, fault } });
    } else if ("cursor" in progress) {
      const cursor = this.#cursor(frame, progress.cursor, 0, from);
      this.#frames.set(frame.id, { ...frame, progress: { ...progress, cursor } });
    } else this.#frames.set(frame.id, frame);
  }

  #stoppedAttempt(frame: Frame): Fallen | undefined {
    const { progress } = frame;
    const isFaulted = this.#mends && progress.kind === "trying" && progress.cursor.at === "faulted";
    const fallen = isFaulted ? this.#fallen.get(placeOf(frame, 0)) : undefined;
    return fallen?.top === null && !fallen.outdated ? fallen : undefined;
  }

  #cursor(parent: Frame, cursor: Cursor, index: number, from: Standing): Cursor {
    if (cursor.at === "inside") return this.#under(defined(childOf(parent, index, from), `a step below ${parent.id}`), from, false);
    if (cursor.at !== "faulted" || !this.#mends) return cursor;
    const { top, outdated, ...fallen } = defined(this.#fallen.get(placeOf(parent, index)), `what failed below step ${parent.id}`);
    if (outdated) return againByName(parent, top) ?? cursor;
    return this.#under(defined(top, `the step that failed below ${parent.id}`), fallen, true);
  }

  /** The cursor of the place of a step that failed or was stopped: it goes on there, or is started again. */
  #under(frame: Frame, from: Standing, failed: boolean): Cursor {
    if (failed && frame.progress.kind === "subRun") this.#awaited.push(frame.progress.runId);
    else if (this.#startsAgain(frame)) return { at: "next", index: frame.index, data: frame.raw };
    this.keep(frame, from);
    return inside;
  }

  /** True for work, and for a step that failed before it had begun. */
  #startsAgain({ id, progress }: Frame): boolean {
    switch (progress.kind) {
      case "instant":
      case "work":
      case "subRun":
        return true;
      case "list":
      case "fork":
      case "trying":
        return this.#mends && !this.#begun.has(id);
      default:
        return false;
    }
  }
}

/** A step of a former definition starts again, whole, where its name is now; where it is no more it has failed for good. */
function againByName({ task, progress }: Frame, top: Frame | null): Cursor | undefined {
  const index = top === null ? -1 : tasksOf(task, progress).findIndex(({ name }) => name === top.task.name);
  return index < 0 || top === null ? undefined : { at: "next", index, data: top.raw };
}

function childOf(parent: Frame, index: number, { frames }: Standing): Frame | undefined {
  const isFork = parent.progress.kind === "fork";
  for (const frame of frames.values())
    if (frame.parent === parent.id && frame.id !== rootId && (!isFork || frame.index === index)) return frame;
  return undefined;
}

/** A standing in which steps that awaited these runs go on awaiting them; the other steps that awaited one are started again. */
export function awaitingAgain({ frames, contexts, awaited }: Failure, goOn: ReadonlySet<string>, since: Instant): Standing {
  const kept = new Map(frames);
  for (const frame of frames.values()) {
    const { progress } = frame;
    if (progress.kind !== "subRun" || !awaited.includes(progress.runId)) continue;
    if (goOn.has(progress.runId)) kept.set(frame.id, { ...frame, progress: { ...progress, since } });
    else startAgain(kept, frame);
  }
  return { frames: kept, contexts };
}

function startAgain(frames: Map<StepId, Frame>, { id, parent, index, raw }: Frame): void {
  const above = defined(frames.get(parent), `step ${parent}`);
  frames.delete(id);
  frames.set(parent, { ...above, progress: withCursor(above.progress, index, { at: "next", index, data: raw }) });
}

function withCursor(progress: Progress, index: number, cursor: Cursor): Progress {
  if (progress.kind === "fork") return { ...progress, branches: progress.branches.with(index, cursor) };
  return cursorAt(progress, index) === undefined ? progress : ({ ...progress, cursor } as Progress);
}
