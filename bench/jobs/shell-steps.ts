// Shell steps of flows, each a job of the server's own node, next to the same command submitted as a job: both start a process,
// and a step has its run besides.
import { BatonClient } from "@baton/api";
import { inLanes, verdict } from "../measure.ts";

const total = 400;
const atATime = 100;
/** What a step asks for that says nothing of the processor. */
const cpu = "100m";
const most = 1.5;

const source = `
document: { dsl: '1.0.3', namespace: bench, name: one-command, version: 1.0.0 }
do:
  - command: { run: { shell: { command: 'true' } } }
`;

/** Prints the figures. */
export async function benchShellSteps(url: string): Promise<void> {
  const client = new BatonClient({ url });
  await client.applyFlow(source);
  await runSteps(client, atATime);
  const jobs = await secondsOf(() => runJobs(client));
  const steps = await secondsOf(() => runSteps(client, total));
  const ratio = steps / jobs;
  console.log(
    `shell steps of flows, ${atATime} runs at a time: ${(total / steps).toFixed(0)}/s; as jobs ${(total / jobs).toFixed(0)}/s: ${ratio.toFixed(2)} times the time ${verdict(ratio, { atMost: most })}`,
  );
}

async function runSteps(client: BatonClient, runs: number): Promise<void> {
  await inLanes(runs, atATime, async () => {
    const { status } = await client.startRun({ namespace: "bench", name: "one-command" }, {}, { waitMs: 60_000 });
    if (status !== "completed") throw new Error(`a run of a shell step is ${status}`);
  });
}

async function runJobs(client: BatonClient): Promise<void> {
  await inLanes(total, atATime, async () => {
    const { jobs } = await client.submitJobs({ command: ["/bin/sh", "-c", "true", "sh"], resources: { cpu } });
    const { status } = await client.getJob(jobs[0]?.id ?? "", { waitMs: 60_000 });
    if (status !== "completed") throw new Error(`a command is ${status}`);
  });
}

async function secondsOf(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return (performance.now() - started) / 1000;
}
