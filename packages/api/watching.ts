// Watching something over a stream that may break.
import type { Json, Millis } from "@baton/core";
import { applyPatch, type PatchOperation } from "./patch.ts";

/** What is watched after one more event of its stream. */
export function nextState<Watched>(before: Watched | undefined, event: string, data: string): Watched | undefined {
  if (event === "snapshot") return JSON.parse(data) as Watched;
  if (event !== "patch" || before === undefined) return before;
  return applyPatch(before as Json, JSON.parse(data) as PatchOperation[]) as Watched;
}

/** A stream that breaks off simply ends here: the caller connects again. */
export async function* brokenIsOver<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  try {
    yield* items;
  } catch {
    return;
  }
}

/** A body that holds nothing. */
export async function* emptyBody(): AsyncGenerator<Uint8Array> {}

/** Resolves after a while, or when the signal is aborted. */
export function delay(ms: Millis, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}
