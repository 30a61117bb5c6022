// Watching a run over a stream that may break.
import type { Json, Millis } from "@baton/core";
import { applyPatch, type PatchOperation } from "./patch.ts";
import type { RunView } from "./resources.ts";

/** A watched run after one more event of its stream. */
export function nextState(run: RunView | undefined, event: string, data: string): RunView | undefined {
  if (event === "snapshot") return JSON.parse(data) as RunView;
  if (event !== "patch" || run === undefined) return run;
  return applyPatch(run as unknown as Json, JSON.parse(data) as PatchOperation[]) as unknown as RunView;
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
