// Jobs that ask for the same thing share a Shape, so that questions of fit are asked once for all of them.
import { isAllowed } from "./lanes.ts";
import type { Node, Shape } from "./model.ts";
import { labelKeysOf } from "./place/filters.ts";
import { relate } from "./place/watch.ts";
import { fits } from "./resources.ts";
import { regroup } from "./nodes.ts";
import type { JobSpec } from "./types.ts";
import { keptShapes, type World } from "./world.ts";

/** The shape of a job, made where it is the first of its kind. */
export function shapeOf(w: World, spec: JobSpec): Shape {
  // Jobs that come together mostly share what they ask for.
  const last = w.lastShaped;
  if (last !== undefined && isSame(last.spec, spec)) return last.shape;
  const key = keyOf(spec);
  const shape = w.shapes.get(key) ?? newShape(w, key, spec);
  w.lastShaped = { spec, shape };
  return shape;
}

function isSame(a: JobSpec, b: JobSpec): boolean {
  return a.requests === b.requests && a.constraints === b.constraints && a.labels === b.labels;
}

function keyOf(spec: JobSpec): string {
  let key = "";
  for (const name in spec.requests) key += `${name}=${spec.requests[name]} `;
  if (spec.constraints) key += JSON.stringify(spec.constraints);
  if (spec.labels) key += JSON.stringify(spec.labels);
  return key;
}

function newShape(w: World, key: string, spec: JobSpec): Shape {
  if (w.shapes.size >= keptShapes) sweep(w);
  const { requests, constraints, labels } = spec;
  const shape: Shape = {
    key,
    request: w.resources.vector(requests),
    requests,
    size: Math.max(1, requests["processors"] ?? Math.ceil((requests["cpu"] ?? 0) / 1000)),
    constraints,
    labels,
    unfit: false,
    lanes: [],
    users: 0,
    allowed: [],
    couldFit: undefined,
    relations: undefined,
    countedBy: [],
  };
  const keys = constraints === undefined ? [] : labelKeysOf(constraints).filter((one) => !w.labelKeys.has(one));
  for (const one of keys) w.labelKeys.add(one);
  if (keys.length > 0) regroup(w);
  const relates = (constraints?.near ?? constraints?.apart ?? constraints?.spread) !== undefined || w.watches.size > 0;
  if (relates) relate(w.watches, shape, w.shapes.values(), w.running());
  w.shapes.set(key, shape);
  return shape;
}

/** Forgets shapes that no job has. */
function sweep(w: World): void {
  w.lastShaped = undefined;
  w.unfitShapes = w.unfitShapes.filter((shape) => shape.users > 0);
  for (const shape of w.shapes.values()) if (shape.users === 0) w.shapes.delete(shape.key);
  for (const watch of w.watches.values()) watch.watchers.splice(0, Infinity, ...watch.watchers.filter((shape) => shape.users > 0));
}

/** Whether some node that is known could take a job of this shape if the node were empty. */
export function couldEverFit(w: World, shape: Shape): boolean {
  if (shape.couldFit?.nodesVersion !== w.nodesVersion) shape.couldFit = { nodesVersion: w.nodesVersion, yes: someNodeCould(w, shape) };
  return shape.couldFit.yes;
}

/** As `couldEverFit`, nodes included that take no jobs at the moment: they may again. */
export function couldFitOnceOpen(w: World, shape: Shape): boolean {
  return someNodeCould(w, shape, () => true);
}

function someNodeCould(w: World, shape: Shape, isOpen = (node: Node): boolean => node.status === "ready"): boolean {
  for (const name in shape.requests) if ((shape.requests[name] as number) > 0 && w.resources.numberOf(name) === undefined) return false;
  for (const node of w.nodes.values()) {
    const isNamed = shape.constraints?.nodes?.includes(node.id) !== false;
    if (isNamed && isOpen(node) && fits(shape.request, node.ledger.capacity) && isAllowed(shape, node)) return true;
  }
  return false;
}
