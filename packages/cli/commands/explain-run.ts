// `baton explain RUN`: what a run waits for, in words.
import type { Diagnosis, RunView } from "@baton/api";
import { clientOf } from "../connect.ts";
import type { Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { formatThing } from "../output/table.ts";
import { explanationText as explanationOfJob } from "./jobs.ts";

/** Says why a run is where it is. */
export async function explainRun(context: Context, id: string): Promise<ExitCode> {
  const client = clientOf(context.options);
  const run = await client.getRun(id);
  const waits = run.endedAt === null ? (await client.getDiagnosis(id)).waits : [];
  const jobs = await Promise.all(run.steps.flatMap(({ job }) => (job === undefined ? [] : client.explainJob(job))));
  const { output } = context.options;
  const inWords = output === undefined || output === "table" || output === "wide";
  context.out(inWords ? [explanationText(run, waits), ...jobs.map(explanationOfJob)].join("") : formatThing({ run, waits, jobs }, output));
  return exitCodes.done;
}

/** A run and what it waits for, in words. */
export function explanationText({ id, status, error, concurrency }: RunView, waits: Diagnosis["waits"]): string {
  const lines = [`${id} is ${status}.${error === null ? "" : ` ${error.title ?? error.type}`}`];
  if (concurrency?.status === "waiting") {
    const { key, limit, reason = "It is about to be admitted." } = concurrency;
    const which = key === "" ? "runs of its flow" : `runs of its flow with the key ${JSON.stringify(key)}`;
    lines.push(`  pending.concurrency: at most ${limit} of the ${which} may go on at a time. ${reason}`);
    lines.push("    what helps: the end of one of those that hold a slot, or a higher limit in a newer version of the flow");
  }
  for (const { for: kind, name, until } of waits)
    if (kind !== "slot") lines.push(`  waits for ${kind}${name === "" ? "" : ` (${name})`}${until === null ? "" : ` until ${until}`}`);
  return `${lines.join("\n")}\n`;
}
