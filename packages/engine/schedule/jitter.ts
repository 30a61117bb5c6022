// Chance that is the same whenever it is asked for: a firing is put off by the same time after a restart.
import type { Instant } from "@baton/core";

/** A number from 0 to below 1, drawn from a text and an instant (FNV-1a, then mixed: near instants give far numbers). */
export function jitterOf(key: string, at: Instant): number {
  let hash = 0x81_1c_9d_c5;
  for (const character of `${key}@${at}`) hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01_00_01_93);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85_eb_ca_6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2_b2_ae_35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
