// Nodes: looked at, told to take no jobs, removed; and the tokens that they join with.
import type { NewNodeToken, Node, NodeToken } from "@baton/api";
import { formatInstant } from "@baton/core";
import { JobsRefused, readTokenRequest, type NodeView, type NodeToken as StoredToken } from "@baton/runtime";
import type { ApiRequest, Handler } from "../exchange.ts";
import { readJsonBody } from "../http/json-body.ts";

/** GET /v1/nodes */
export const listNodes: Handler = (_, { jobs }) => ({ status: 200, value: { items: jobs.nodeDesk.list().map(shownNode) } });

/** GET /v1/nodes/{name} */
export const getNode: Handler = (request, { jobs }) => ({ status: 200, value: shownNode(jobs.nodeDesk.get(nameOf(request))) });

/** DELETE /v1/nodes/{name} */
export const deleteNode: Handler = async (request, { jobs }) => {
  await jobs.nodeDesk.remove(nameOf(request));
  return { status: 204 };
};

/** POST /v1/nodes/{name}:drain, :cordon and :uncordon */
export function commandNode(wanted: "draining" | "cordoned" | "ready"): Handler {
  return async (request, { jobs }) => ({ status: 200, value: shownNode(await jobs.nodeDesk.want(nameOf(request), wanted)) });
}

/** POST /v1/node-tokens */
export const createNodeToken: Handler = async (request, { jobs }) => {
  const read = readTokenRequest(request.body === "" ? {} : readJsonBody(request.body));
  if (!read.ok) throw JobsRefused.ofFields(read.error, "node-unreadable");
  const { token, text } = await jobs.nodeTokens.create(read.value.forMs, read.value.note);
  const value: NewNodeToken = { ...shownToken(token), token: text };
  return { status: 201, value };
};

/** GET /v1/node-tokens */
export const listNodeTokens: Handler = (_, { jobs }) => ({ status: 200, value: { items: jobs.nodeTokens.list().map(shownToken) } });

/** DELETE /v1/node-tokens/{id} */
export const deleteNodeToken: Handler = async (request, { jobs }) => {
  await jobs.nodeTokens.delete(request.path["id"] ?? "");
  return { status: 204 };
};

function nameOf(request: ApiRequest): string {
  return request.path["name"] ?? "";
}

function shownNode({ clockOffsetMs, clearing, seenAt, ...node }: NodeView): Node {
  return { ...node, seenAt: formatInstant(seenAt), warnings: warningsOf(clockOffsetMs, clearing, node.pressure) };
}

function warningsOf(clockOffsetMs: number, clearing: number, pressure: Node["pressure"]): Node["warnings"] {
  const seconds = Math.round(Math.abs(clockOffsetMs) / 1000);
  const clock = `Its clock is ${seconds} s ${clockOffsetMs > 0 ? "behind" : "ahead"}; what it tells of times is corrected.`;
  const attempts = `It ends ${clearing} attempts of a former lease before it gets jobs again.`;
  const scarce = `It has hardly any ${pressure?.replace("-pressure", "")} left, and gets no new jobs until it has.`;
  return [
    ...(pressure === null ? [] : [{ code: "node-under-pressure", detail: scarce }]),
    ...(clockOffsetMs === 0 ? [] : [{ code: "node-clock-off", detail: clock }]),
    ...(clearing === 0 ? [] : [{ code: "report-late", detail: attempts }]),
  ];
}

function shownToken({ id, note, createdAt, expiresAt }: StoredToken): NodeToken {
  return { id, note, createdAt: formatInstant(createdAt), expiresAt: formatInstant(expiresAt) };
}
