// Real processes through the executor of a node: `true`, with control groups, limits, accounting, streams and a result
// that is written down, as every job has them.
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createProcessExecutor, LauncherLink, type JobExecutor } from "@baton/job-executors";
import { inLanes, measure, median, percentile, verdict } from "./measure.ts";

const total = 1000;
const atATime = 16;
const singles = 50;
const atLeastPerSecond = 200;
const limits = { memoryBytes: 64 * 1024 * 1024, pids: 16, cpuMillis: 1000 };

/** Prints the figures. */
export async function benchProcesses(): Promise<void> {
  const stateFolder = mkdtempSync(join(tmpdir(), "baton-bench-"));
  const executor = createProcessExecutor(new LauncherLink({ stateFolder }));
  try {
    const { by } = await executor.abilities();
    await one(executor, "first");
    const times: number[] = [];
    for (let i = 0; i < singles; i++) {
      const started = performance.now();
      await one(executor, `single-${i}`);
      times.push(performance.now() - started);
    }
    const before = launcherCpuSeconds(stateFolder);
    const { seconds, cpuSeconds } = await measure(() => inLanes(total, atATime, (i) => one(executor, `lane-${i}`)));
    const cpuMs = ((launcherCpuSeconds(stateFolder) - before) * 1000) / total;
    const rate = total / seconds;
    console.log(
      `limits by ${by}; one after the other: median ${median(times).toFixed(1)} ms, p95 ${percentile(times, 0.95).toFixed(1)} ms`,
    );
    console.log(`${atATime} at a time: ${rate.toFixed(0)} processes/s ${verdict(rate, { atLeast: atLeastPerSecond })}`);
    console.log(
      `CPU time of each: launcher and process ${cpuMs.toFixed(2)} ms, the node's own part ${((cpuSeconds * 1000) / total).toFixed(2)} ms`,
    );
  } finally {
    await executor.close();
    rmSync(stateFolder, { recursive: true, force: true });
  }
}

async function one(executor: JobExecutor, allocation: string): Promise<void> {
  const program = { kind: "process", command: "true", args: [] } as const;
  const job = await executor.start({ allocation, token: 1, program, env: {}, limits });
  const { end } = await job.result;
  if (end.kind !== "exited" || end.exitCode !== 0) throw new Error(`Expected exit code 0, but got ${JSON.stringify(end)}.`);
  await job.release();
}

const ticksPerSecond = 100;

/** What the launcher of a state folder and all that it has started have used, from /proc; 0 where there is none. */
function launcherCpuSeconds(stateFolder: string): number {
  for (const pid of readdirSync("/proc").filter((name) => /^\d+$/.test(name)))
    try {
      if (!readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").includes(stateFolder)) continue;
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      return [11, 12, 13, 14].reduce((sum, i) => sum + Number(fields[i]), 0) / ticksPerSecond;
    } catch {
      // It ended while it was looked at.
    }
  return 0;
}
