// The list of runs: filtered, ordered, a page at a time. A page's token holds the last run's id and the value by which
// it is ordered, so that runs that come or change meanwhile neither repeat nor hide others.
import type { RunSummary, Status } from "@baton/api";
import { formatInstant, isArray, parseJson } from "@baton/core";
import { newestFirst, orderValue, type RunQuery, type RunSummary as StoredSummary } from "@baton/storage";
import { tenant, type ApiRequest, type Handler } from "../exchange.ts";
import { pageOf, pageSizeOf, startAfter, unknownToken } from "./paging.ts";
import { filterOf, orderOf } from "./run-filters.ts";

/** GET /v1/runs */
export const listRuns: Handler = async (request, { runtime }) => {
  const size = pageSizeOf(request);
  const order = orderOf(request);
  const given = {
    status: request.text("status"),
    namespace: request.text("namespace"),
    workflow: request.text("flow"),
    filter: filterOf(request, Date.now()),
    order,
  };
  const query = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
  const stored = await runtime.listRuns({ tenant, limit: size + 1, ...query, ...behind(request) });
  const page = pageOf(stored, size, (run) => JSON.stringify([run.id, orderValue(order ?? newestFirst, run)]));
  return { status: 200, value: { ...page, items: page.items.map(summaryOf) } };
};

/** Where a page goes on: behind the run that the last one ended with. */
function behind(request: ApiRequest): Pick<RunQuery, "after" | "afterValue"> {
  const key = startAfter(request);
  if (key === undefined) return {};
  const parsed = parseJson(key);
  const [after, afterValue] = parsed.ok && isArray(parsed.value) ? parsed.value : [];
  if (typeof after === "string" && (typeof afterValue === "string" || typeof afterValue === "number")) return { after, afterValue };
  throw unknownToken();
}

function summaryOf(stored: StoredSummary): RunSummary {
  return {
    id: stored.id,
    workflow: { namespace: stored.namespace, name: stored.workflow, version: stored.version },
    status: stored.status as Status,
    reason: stored.reason,
    startedAt: formatInstant(stored.startedAt),
    endedAt: stored.endedAt === null ? null : formatInstant(stored.endedAt),
    parentId: stored.parentId,
    forkedFrom: stored.forkedFrom,
  };
}
