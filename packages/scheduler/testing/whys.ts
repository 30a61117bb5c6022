// Why a job waits, worked out from the books alone: what the scheduler's own answer has to contain, and what it must not.
import type { Instant } from "@baton/core";
import type { Explanation, Reason } from "../reason.ts";
import type { Books, Entry } from "./books.ts";

/** What is wrong with an explanation; empty where nothing is. */
export function mistakesOf(books: Books, jobId: string, explanation: Explanation | undefined, now: Instant): string[] {
  const job = books.jobs.get(jobId);
  if (job === undefined || explanation === undefined) return [`there is no explanation of ${jobId}`];
  const { reasons } = explanation;
  const mistakes = reasons.flatMap((reason) => (reason.summary === "" || reason.remedy.summary === "" ? [`an empty ${reason.code}`] : []));
  if (reasons.length === 0) mistakes.push("no reason");
  return [
    ...mistakes,
    ...held(books, job, reasons, now),
    ...limits(books, job, reasons),
    ...(job.spec.gang === undefined && job.phase === "waiting" ? rooms(books, job, reasons) : []),
  ];
}

function held(books: Books, { spec }: Entry, reasons: readonly Reason[], now: Instant): string[] {
  const missing = [...new Set(spec.after)].filter((id) => books.jobs.has(id));
  const told = reasons.flatMap(({ evidence }) => (evidence.type === "dependencies" ? evidence.waitingFor : []));
  const mistakes = same("dependencies", [...missing].sort(), [...told].sort());
  const isDated = spec.notBefore !== undefined && spec.notBefore > now;
  mistakes.push(
    ...same(
      "schedule",
      isDated,
      reasons.some(({ code }) => code === "pending.schedule"),
    ),
  );
  return mistakes;
}

/** Every limit on the path that the job alone would exceed is told, with what is used. */
function limits(books: Books, job: Entry, reasons: readonly Reason[]): string[] {
  const expected: string[] = [];
  for (const queue of books.pathOf(job)) {
    const running = books.runningIn(queue.id);
    if (running + 1 > (queue.maxRunning ?? Infinity)) expected.push(`${queue.id} jobs ${running}/${queue.maxRunning}`);
    for (const [name, most] of Object.entries(queue.limit ?? {})) {
      const asked = books.needs(job)[name] ?? 0;
      const used = books.used(queue.id, name);
      if (asked > 0 && used + asked > most) expected.push(`${queue.id} ${name} ${used}/${most}`);
    }
  }
  const told = reasons.flatMap(({ evidence }) =>
    evidence.type === "limit" && !evidence.queue.startsWith("array ") && evidence.requested <= requestedAlone(books, job, evidence.resource)
      ? [`${evidence.queue} ${evidence.resource} ${evidence.used}/${evidence.limit}`]
      : [],
  );
  return job.spec.gang === undefined ? same("limits", expected.sort(), [...told].sort()) : expected.filter((one) => !told.includes(one));
}

function requestedAlone(books: Books, job: Entry, resource: string): number {
  return resource === "jobs" ? 1 : (books.needs(job)[resource] ?? 0);
}

/** Where no node has room, the nodes are counted by what they lack; where one has, lack of room is no reason. */
function rooms(books: Books, job: Entry, reasons: readonly Reason[]): string[] {
  const asked = Object.entries(books.needs(job)).filter(([, amount]) => amount > 0);
  const allowed = [...books.nodes.values()].filter(
    ({ spec, isReady }) => isReady && job.spec.constraints?.nodes?.includes(spec.id) !== false,
  );
  const large = allowed.filter(({ spec }) => asked.every(([name, amount]) => amount <= (spec.capacity[name] ?? 0)));
  const roomy = large.filter(({ spec }) => asked.every(([name, amount]) => amount <= books.free(spec.id, name)));
  const isTold = reasons.some(({ code }) => code === "pending.capacity");
  if (roomy.length > 0 || large.length === 0) {
    const mistakes = same("room", false, isTold);
    const isNowhere = large.length === 0 && !reasons.some(({ code }) => code === "pending.constraint");
    return isNowhere ? [...mistakes, "no node is large enough, and that is not told"] : mistakes;
  }
  const counts = reasons
    .flatMap(({ evidence }) => (evidence.type === "nodes" ? evidence.failed : []))
    .filter(({ filter }) => filter === "room");
  const lacking = asked.map(([name, amount]) => `${large.filter(({ spec }) => amount > books.free(spec.id, name)).length} by ${name}`);
  const expected = lacking.filter((words) => !words.startsWith("0 ")).toSorted();
  const told = counts.map(({ detail, nodes }) => `${nodes} by ${detail}`).toSorted();
  return [...same("capacity", true, isTold), ...same("nodes without room", expected, told)];
}

function same(what: string, expected: unknown, told: unknown): string[] {
  const [a, b] = [JSON.stringify(expected), JSON.stringify(told)];
  return a === b ? [] : [`${what}: expected ${a}, but told is ${b}`];
}
