// The history of jobs as a stream of JSON lines, in the format that the simulator reads. No more than a page of jobs is held
// at a time, and none is read before the reader has taken those before.
import { apiError } from "@baton/api";
import { isFinalJobStatus, leavesBelow, type PastJob } from "@baton/runtime";
import { writeHistoryEnd, writeHistoryHeader, writeJobRecord, type Cluster, type JobRecord } from "@baton/simulator";
import type { ApiRequest, Handler } from "../exchange.ts";
import { InvalidRequest } from "../http/problems.ts";

/** GET /v1/jobs:export */
export const exportJobs: Handler = (request, { jobs }) => {
  const queue = request.text("queue");
  const queues = queue === undefined ? {} : { queues: new Set(leavesBelow(jobs.objects.queues, queue)) };
  const pages = jobs.desk.past({ ...timesOf(request), ...queues });
  const cluster = { nodes: jobs.nodes.list().map(({ spec }) => spec), queues: jobs.objects.queues };
  const content = historyText(cluster, pages, request.signal());
  return { status: 200, pieces: { type: "application/jsonl; charset=utf-8", content } };
};

function timesOf(request: ApiRequest): { readonly since?: number; readonly until?: number } {
  const [since, until] = [request.number("since"), request.number("until")];
  if (since !== undefined && until !== undefined && since >= until) {
    const detail = "until must be later than since";
    throw new InvalidRequest("parameter-invalid", detail, [{ parameter: "until", detail }]);
  }
  return { ...(since !== undefined && { since }), ...(until !== undefined && { until }) };
}

/** The header goes out with the first page: what keeps the jobs from being read can then still be answered as an error. */
async function* historyText(cluster: Cluster, pages: AsyncIterable<readonly PastJob[]>, signal: AbortSignal): AsyncGenerator<string> {
  let text = `${writeHistoryHeader(cluster)}\n`;
  let [exported, unfinished] = [0, 0];
  for await (const page of pages) {
    if (signal.aborted) throw apiError("server-stopping");
    const records = page.flatMap((job) => recordOf(job) ?? []);
    exported += records.length;
    unfinished += page.length - records.length;
    text += records.map((record) => `${writeJobRecord(record)}\n`).join("");
    if (text !== "") yield text;
    text = "";
  }
  yield `${writeHistoryEnd({ jobs: exported, unfinished })}\n`;
}

/** Undefined where it has not ended. */
function recordOf({ spec, status, submittedAt, startedAt, endedAt, node, ranMs }: PastJob): JobRecord | undefined {
  if (endedAt === null || !isFinalJobStatus(status)) return undefined;
  const start = startedAt === null ? {} : { startedAt };
  return { job: spec, submittedAt, ...start, endedAt, runMs: ranMs, outcome: status, ...(node !== null && { nodeId: node }) };
}
