// Shapes whose chances depend on where others run: they are looked at again whenever a count that they watch has changed.
import type { Shape } from "./model.ts";
import type { World } from "./world.ts";

/** Notes that the places of running jobs have changed for these shapes. */
export function markRelated(w: World, shapes: readonly Shape[]): void {
  if (shapes.some((shape) => shape.lanes.length > 0)) w.isDirty = true;
}
