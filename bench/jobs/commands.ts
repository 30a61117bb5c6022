// Real processes end to end: commands `true`, all submitted at once, each a process with a folder of its own on the server's own
// node, eight at a time on two processors.
import { BatonClient } from "@baton/api";
import { bestRate } from "../measure.ts";

/** How many commands a round has. */
export const commandsPerRound = 400;
/** How many rounds there are; the best one counts. */
export const commandRounds = 3;

/** How many commands a second a server completes. */
export async function commandsPerSecond(url: string): Promise<number> {
  const client = new BatonClient({ url });
  return bestRate(commandRounds, commandsPerRound, async () => {
    const { jobs } = await client.submitJobs({
      jobs: Array.from({ length: commandsPerRound }, () => ({ command: ["true"], resources: { cpu: "250m" } })),
    });
    const ended = await Promise.all(jobs.map(({ id }) => client.getJob(id, { waitMs: 60_000 })));
    const other = ended.find(({ status }) => status !== "completed");
    if (other !== undefined) throw new Error(`a command is ${other.status}`);
  });
}
