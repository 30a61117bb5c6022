// Checks a submission before any of it becomes known: one problem per job that cannot be taken, each with its place.
import { nearest } from "@baton/core";
import { problem } from "../errors.ts";
import { highestPriority } from "../order/priority.ts";
import { nameOfGroup } from "../reasons/format.ts";
import type { JobSpec, Problem } from "../types.ts";
import type { World } from "../world.ts";
import { defaultQueue } from "../world.ts";
import { amountsMistake } from "./amounts.ts";

/** The most members a gang can have. */
export const largestGang = 100_000;

/** What is wrong with a job by itself; undefined where nothing is. */
export function checkJob(w: World, spec: JobSpec): Problem | undefined {
  if (w.jobs.has(spec.id)) return invalid(spec, "id", "there is a job of this id already", "Choose another id.");
  return checkFields(spec) ?? checkQueue(w, spec) ?? checkReferences(w, spec);
}

/** What is wrong with a job that is said to run already. What it names may not be known yet, except its queue. */
export function checkAdopted(w: World, spec: JobSpec): Problem | undefined {
  if (w.jobs.has(spec.id)) return invalid(spec, "id", "there is a job of this id already");
  return checkFields(spec) ?? checkQueue(w, spec);
}

/** What is wrong with the fields of a job, whatever else is known. */
export function checkFields(spec: JobSpec): Problem | undefined {
  const mistake = amountsMistake(spec.requests);
  if (mistake !== undefined) return invalid(spec, `requests.${mistake.field}`, mistake.message);
  const { priority, weight } = spec;
  if (priority !== undefined && !(priority >= 0 && priority <= highestPriority)) {
    return invalid(spec, "priority", `priority is ${priority}: it must be from 0 to ${highestPriority}`);
  }
  if (weight !== undefined && !(weight >= 0 && weight < Infinity))
    return invalid(spec, "weight", `weight is ${weight}: it must not be negative`);
  return checkTimes(spec) ?? checkGang(spec);
}

function checkTimes(spec: JobSpec): Problem | undefined {
  if (spec.limitMs !== undefined && !(spec.limitMs > 0)) return invalid(spec, "limitMs", `limitMs is ${spec.limitMs}: it must be above 0`);
  if (spec.expectedMs !== undefined && !(spec.expectedMs > 0 && spec.expectedMs < Infinity)) {
    return invalid(spec, "expectedMs", `expectedMs is ${spec.expectedMs}: it must be above 0`);
  }
  if (Number.isNaN(spec.deadline)) return invalid(spec, "deadline", "deadline is not a number");
  if (Number.isNaN(spec.notBefore)) return invalid(spec, "notBefore", "notBefore is not a number");
  return undefined;
}

function checkGang(spec: JobSpec): Problem | undefined {
  const { gang, array } = spec;
  if (gang !== undefined && !(Number.isInteger(gang.size) && gang.size >= 1 && gang.size <= largestGang)) {
    return invalid(spec, "gang.size", `gang.size is ${gang.size}: it must be a whole number from 1 to ${largestGang}`);
  }
  if (array?.maxRunning !== undefined && !(array.maxRunning >= 1)) {
    return invalid(spec, "array.maxRunning", `array.maxRunning is ${array.maxRunning}: it must be at least 1`);
  }
  const most = array?.maxRunning ?? Infinity;
  if (gang !== undefined && gang.size > most) {
    return invalid(
      spec,
      "gang.size",
      `gang.size is ${gang.size}, but array ${nameOfGroup(array?.id ?? "")} lets ${most} run at a time: it could never start`,
    );
  }
  return undefined;
}

function checkQueue(w: World, spec: JobSpec): Problem | undefined {
  const id = spec.queue ?? defaultQueue;
  const queue = w.queues.get(id);
  if (queue !== undefined && queue.children.length === 0) return undefined;
  const leaves = w.leaves.map((leaf) => leaf.id);
  if (queue !== undefined) {
    return invalid(spec, "queue", `${id} has queues below it, so that no job can wait in it`, `Name one of: ${leaves.join(", ")}.`);
  }
  const meant = nearest(id, leaves);
  return invalid(
    spec,
    "queue",
    `there is no queue ${id}`,
    meant === undefined ? `Name one of: ${leaves.join(", ")}.` : `Did you mean ${meant}?`,
  );
}

function checkReferences(w: World, spec: JobSpec): Problem | undefined {
  const { gang, reservation } = spec;
  const known = gang && w.gangs.get(gang.id);
  if (known !== undefined && (known.members.length >= known.size || gang?.size !== known.size)) {
    return invalid(
      spec,
      "gang",
      `gang ${nameOfGroup(known.id)} is known with ${known.size} members, of which ${known.members.length} are there`,
    );
  }
  if (reservation === undefined || w.reservations.has(reservation)) return undefined;
  const meant = nearest(reservation, w.reservations.keys());
  return invalid(spec, "reservation", `there is no reservation ${reservation}`, meant === undefined ? undefined : `Did you mean ${meant}?`);
}

/** A problem of one field of a job. */
export function invalid(spec: JobSpec, field: string, message: string, next?: string): Problem {
  return problem("job-invalid", `job ${spec.id}, ${field}`, message, next);
}
