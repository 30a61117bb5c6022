// Nodes that poll: they join, ask for orders, report and say that they are there.
import { isObject, type Json } from "@baton/core";
import { asClock, asLoad, asReports, JobsRefused, readJoin, type NodeSession } from "@baton/runtime";
import type { ApiRequest, Handler, Services } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";
import type { PolledNode } from "../polling/polled-nodes.ts";

/** POST /v1/nodes/{name}:join */
export const joinNode: Handler = async (request, { polled }) => {
  const body = readJsonBody(request.body);
  const read = readJoin(isObject(body) ? { ...body, id: nameOf(request) } : body);
  if (!read.ok) throw JobsRefused.ofFields(read.error, "node-unreadable");
  return { status: 200, value: await polled.join(read.value, request.caller) };
};

/** POST /v1/nodes/{name}:poll */
export const pollNode: Handler = async (request, services) => {
  const { polled, body } = sessionOf(request, services);
  const { after = 0 } = body;
  if (typeof after !== "number" || !Number.isSafeInteger(after) || after < 0) throw refused("/after", "after must be a whole number");
  polled.node.heard();
  return { status: 200, value: await polled.poll(after, request.number("wait") ?? 0, () => request.signal()) };
};

/** POST /v1/nodes/{name}:report */
export const reportNode: Handler = (request, services) => {
  const { polled, body } = sessionOf(request, services);
  const reports = asReports(body["reports"]);
  if (reports === undefined) throw refused("/reports", "reports must be a list of reports; docs/guide/nodes.md describes them");
  polled.node.reports(reports);
  return { status: 204 };
};

/** POST /v1/nodes/{name}:heartbeat */
export const heartbeatNode: Handler = (request, services) => {
  const { polled, body } = sessionOf(request, services);
  const load = asLoad(body["load"]);
  if (load === undefined) throw refused("/load", "load must have cpuMillis, memoryBytes and running, all whole numbers");
  polled.node.heartbeat(load, asClock(body["clock"]));
  return { status: 204 };
};

/** POST /v1/nodes/{name}:leave */
export const leaveNode: Handler = (request, services) => {
  const { session } = sessionOf(request, services);
  services.polled.leave(session, nameOf(request));
  return { status: 204 };
};

interface Asked {
  readonly session: string;
  readonly polled: PolledNode & { readonly node: NodeSession };
  readonly body: { readonly [field in string]?: Json };
}

function sessionOf(request: ApiRequest, { polled, jobs }: Services): Asked {
  const body = readJsonBody(request.body);
  const session = isObject(body) ? body["session"] : undefined;
  if (!isObject(body) || typeof session !== "string") throw refused("/session", "session is needed: what joining was answered with");
  jobs.checkNode(request.caller, nameOf(request));
  return { session, polled: polled.get(session, nameOf(request)), body };
}

function refused(pointer: string, detail: string): JobsRefused {
  return JobsRefused.ofFields([{ pointer, detail }], "node-unreadable");
}

function nameOf(request: ApiRequest): string {
  return request.path["name"] ?? "";
}
