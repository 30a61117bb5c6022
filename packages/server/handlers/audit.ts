// The audit log: who decided what, when and why.
import type { AuditEntry } from "@baton/api";
import { formatInstant } from "@baton/core";
import type { AuditPlace, AuditQuery } from "@baton/runtime";
import type { Asker } from "@baton/storage";
import type { ApiRequest, Handler } from "../exchange.ts";
import { pageOf, pageSizeOf, startAfter, unknownToken } from "./paging.ts";

/** GET /v1/audit */
export const listAudit: Handler = async (request, { jobs }) => {
  const size = pageSizeOf(request);
  const found = await jobs.audit.list({ ...wantedOf(request), limit: size + 1 });
  const page = pageOf(found, size, ({ place: { key, taken } }) => `${key} ${taken}`);
  const items = page.items.map(({ entry: { at, from, ...rest } }): AuditEntry => ({
    at: formatInstant(at),
    ...rest,
    from: sourceOf(from),
  }));
  return { status: 200, value: { items, nextPageToken: page.nextPageToken } };
};

function sourceOf(from: Asker | undefined): AuditEntry["from"] {
  return from === undefined ? null : { address: from.address, program: from.program ?? null };
}

function wantedOf(request: ApiRequest): Omit<AuditQuery, "limit"> {
  const [subject, action, actor] = [request.text("subject"), request.text("action"), request.text("actor")];
  const after = placeOf(startAfter(request));
  return {
    ...(subject !== undefined && { subject }),
    ...(action !== undefined && { action }),
    ...(actor !== undefined && { actor }),
    ...(after !== undefined && { after }),
  };
}

function placeOf(text: string | undefined): AuditPlace | undefined {
  if (text === undefined) return undefined;
  const [, key, taken] = /^(\d{1,15}) (\d{1,9})$/.exec(text) ?? [];
  if (key === undefined) throw unknownToken();
  return { key: Number(key), taken: Number(taken) };
}
