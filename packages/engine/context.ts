// The context of a fork: every branch works on a copy of it, and what the branches changed is merged when the fork
// completes, in declaration order.
import { get, isObject, jsonEquals, type Json } from "@baton/core";

/**
 * `base` with what the branches changed. Of objects, the keys that a branch added or changed are taken over, a later
 * branch's over an earlier one's; a key that a branch left out stays. Anything else replaces the whole.
 */
export function mergeContexts(base: Json, branches: readonly (Json | undefined)[]): Json {
  return branches.reduce<Json>((merged, branch) => (branch === undefined || branch === base ? merged : merge(base, merged, branch)), base);
}

function merge(base: Json, merged: Json, branch: Json): Json {
  if (jsonEquals(base, branch)) return merged;
  if (!isObject(branch) || !isObject(merged)) return branch;
  const before = isObject(base) ? base : {};
  const changes = Object.entries(branch).filter(([key, value]) => {
    const old = get(before, key);
    return old === undefined || !jsonEquals(old, value);
  });
  return Object.fromEntries([...Object.entries(merged), ...changes]);
}
