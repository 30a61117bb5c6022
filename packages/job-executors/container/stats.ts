// What a running container uses. Engines forget it as soon as the container has ended.
import type { EngineClient } from "./engine-client.ts";

interface Stats {
  readonly cpu_stats?: { readonly cpu_usage?: { readonly total_usage?: number } };
  readonly memory_stats?: { readonly usage?: number; readonly max_usage?: number };
}

/** CPU time so far, and memory: the most so far where the engine knows that, else what it holds now. */
export async function readUsage(
  engine: EngineClient,
  container: string,
): Promise<{ readonly cpuMs: number; readonly memoryPeakBytes: number }> {
  const query = { stream: false, "one-shot": true };
  const answer = (await engine.ask({ method: "GET", path: `/containers/${container}/stats`, query })) as unknown as Stats;
  const { usage = 0, max_usage: peak = 0 } = answer.memory_stats ?? {};
  return { cpuMs: (answer.cpu_stats?.cpu_usage?.total_usage ?? 0) / 1e6, memoryPeakBytes: Math.max(usage, peak) };
}
