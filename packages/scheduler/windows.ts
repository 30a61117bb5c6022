// Reservations in advance: in its window, a node keeps room for the jobs that name the reservation. Others may run there
// before it, if they end in time or leave the room alone.
import { remainingOn, type Job, type Node, type Window } from "./model.ts";
import type { Instant } from "@baton/core";
import { allMayFit } from "./lanes.ts";
import { addTo, fits, takeFrom, type Vector } from "./resources.ts";
import type { ReservationSpec } from "./types.ts";
import type { World } from "./world.ts";

/** Whether the windows of a node let a job start now, for as long as it is estimated to take, if those in `gone` had ended. */
export function windowsAdmit(node: Node, job: Job, now: Instant, gone: ReadonlySet<Job> = none): boolean {
  const endsAt = now + remainingOn(job, node.speed);
  const own = job.spec.reservation;
  if (own === undefined) return node.windows.every((window) => leavesAlone(node, window, job, now, endsAt, gone));
  const window = node.windows.find((one) => one.spec.id === own);
  if (window === undefined || now < window.spec.from || endsAt > window.spec.until) return false;
  return fits(job.held, keptIn(window)) && node.windows.every((one) => one === window || leavesAlone(node, one, job, now, endsAt, gone));
}

/** Keeps room on a node for a reservation, if it names the node. */
export function openWindow(w: World, node: Node, spec: ReservationSpec): void {
  if (!spec.nodes.includes(node.id)) return;
  const amounts = spec.amounts === undefined ? node.ledger.capacity.slice() : w.resources.vector(spec.amounts);
  node.windows.push({ spec, amounts, used: new Float64Array(amounts.length) });
}

/** Adds a reservation in advance; one with the same id is replaced. */
export function addReservation(w: World, spec: ReservationSpec): void {
  removeReservation(w, spec.id);
  w.reservations.set(spec.id, spec);
  for (const id of spec.nodes) {
    const node = w.nodes.get(id);
    if (node !== undefined) openWindow(w, node, spec);
  }
  windowsChanged(w);
}

/** Removes a reservation; jobs that run in it go on. */
export function removeReservation(w: World, id: string): void {
  const spec = w.reservations.get(id);
  if (spec === undefined) return;
  w.reservations.delete(id);
  for (const node of w.nodes.values()) {
    const place = node.windows.findIndex((window) => window.spec.id === id);
    if (place >= 0) node.windows.splice(place, 1);
  }
  windowsChanged(w);
}

/** The next instant at which a window opens or closes. */
export function nextWindowChange(w: World): Instant | undefined {
  let next: Instant | undefined;
  for (const { from, until } of w.reservations.values()) {
    for (const at of [from, until]) if (at > w.now && (next === undefined || at < next)) next = at;
  }
  return next;
}

function windowsChanged(w: World): void {
  w.forgetReservations();
  w.mustRebook = true;
  allMayFit(w);
}

/** What a window still keeps for its own jobs. */
export function keptIn(window: Window): Vector {
  const kept = window.amounts.slice();
  takeFrom(kept, window.used);
  return kept;
}

const none: ReadonlySet<Job> = new Set();

function leavesAlone(node: Node, window: Window, job: Job, now: Instant, endsAt: Instant, gone: ReadonlySet<Job>): boolean {
  if (endsAt <= window.spec.from || now >= window.spec.until) return true;
  const then = freeAt(node, Math.max(now, window.spec.from), gone);
  takeFrom(then, keptIn(window));
  return fits(job.held, then);
}

/** What will be free on a node at an instant, if all ends as estimated and nothing starts. */
function freeAt(node: Node, at: Instant, gone: ReadonlySet<Job>): Vector {
  const free = node.ledger.freeAt(at);
  for (const job of gone) if (job.node === node && job.endsAt > at) addTo(free, job.held);
  return free;
}
