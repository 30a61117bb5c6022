// Moves a run on until it waits for the world, ends, or has made as many moves as one decision may.
import { defined } from "@baton/core";
import { takeDeferred } from "./answer.ts";
import { awaitsSlot } from "./concurrency.ts";
import { advanceCompensation, guarded } from "./flow.ts";
import { isFinal, isReady, type Frame } from "./state.ts";
import { rulesOf } from "./tasks/index.ts";
import { frameNow, stateOf, type Turn } from "./turn.ts";

/** Makes all moves that are possible now. The deepest step goes first, so a list runs before its neighbours begin. */
export function advance(turn: Turn): void {
  while (stateOf(turn).phase === "running" && !awaitsSlot(stateOf(turn))) {
    if (enterFresh(turn)) continue;
    const frame = nextReady(turn);
    if (frame === undefined && stateOf(turn).deferred.length === 0) return;
    if (turn.moves === 0) return void turn.effects.push({ type: "sendCommand", command: { type: "ContinueRun" } });
    turn.moves -= 1;
    if (frame === undefined) takeDeferred(turn);
    else move(turn, frame);
  }
}

/** Makes every frame that is ready known to the turn: what an earlier decision left, or a suspension held back. */
export function resume(turn: Turn): void {
  const state = stateOf(turn);
  if (isFinal(state)) return;
  for (const frame of state.frames.values()) if (isReady(frame)) turn.ready.push(frame.id);
}

function enterFresh(turn: Turn): boolean {
  const { fresh } = turn;
  if (fresh === null) return false;
  turn.fresh = null;
  const frame = defined(frameNow(turn, fresh), `step ${fresh}, which has just started`);
  guarded(turn, frame, () => rulesOf(frame).enter(turn, frame, frame.task));
  turn.ready.push(fresh);
  return true;
}

function nextReady(turn: Turn): Frame | undefined {
  for (let step = turn.ready.pop(); step !== undefined; step = turn.ready.pop()) {
    const frame = frameNow(turn, step);
    if (frame !== undefined && isReady(frame)) return frame;
  }
  return undefined;
}

function move(turn: Turn, frame: Frame): void {
  turn.ready.push(frame.id);
  const { progress } = frame;
  if (progress.kind === "compensating") return guarded(turn, frame, () => advanceCompensation(turn, frame, progress));
  guarded(turn, frame, () => rulesOf(frame).advance?.(turn, frame, frame.task));
}
