// Routes about nodes: looked at, told to take no jobs, removed; and the tokens that they join with.
import { bodyErrors, idempotencyKey, noBody, wait, type Route } from "./route.ts";

function command(verb: string, summary: string): Route {
  return {
    method: "POST",
    path: `/v1/nodes/{name}:${verb}`,
    tag: "nodes",
    summary,
    parameters: [idempotencyKey],
    body: noBody,
    answers: { 200: { summary: "The node after the command.", schema: "Node" } },
    errors: [...bodyErrors, "node-unknown", "idempotency-key-reused"],
  };
}

function polling(verb: string, summary: string, more: Pick<Route, "answers"> & Partial<Route> & { readonly schema: string }): Route {
  const { schema, ...rest } = more;
  return {
    method: "POST",
    path: `/v1/nodes/{name}:${verb}`,
    tag: "nodes",
    summary,
    nodes: true,
    parameters: [],
    body: { types: ["application/json"], summary: "docs/guide/nodes.md has all fields.", required: true, schema },
    errors: [...bodyErrors, "node-unreadable", "node-session-ended", "node-token-invalid", "node-token-expired"],
    ...rest,
  };
}

const taken: Route["answers"] = { 204: { summary: "It is taken." } };

/** By operation. */
export const nodeRoutes = {
  listNodes: {
    method: "GET",
    path: "/v1/nodes",
    tag: "nodes",
    summary: "Lists the machines and workers that run jobs, also those that are lost and may come back.",
    parameters: [],
    answers: { 200: { summary: "The nodes, by name.", schema: "Nodes" } },
    errors: [],
  },
  getNode: {
    method: "GET",
    path: "/v1/nodes/{name}",
    tag: "nodes",
    summary: "A node with what it has, what it runs and how busy it is.",
    parameters: [],
    answers: { 200: { summary: "The node.", schema: "Node" } },
    errors: ["node-unknown"],
  },
  deleteNode: {
    method: "DELETE",
    path: "/v1/nodes/{name}",
    tag: "nodes",
    summary: "Forgets a node that is lost: its name is free, and its key lets nobody in any more.",
    parameters: [],
    answers: { 204: { summary: "It is gone." } },
    errors: ["node-unknown", "node-there"],
  },
  drainNode: command("drain", "Lets a node's jobs finish and gives it no more, so that it can be stopped."),
  cordonNode: command("cordon", "Gives a node no more jobs."),
  uncordonNode: command("uncordon", "Gives a node jobs again."),
  joinNode: polling("join", "A node that polls comes: it says what it has, and gets a session.", {
    schema: "NodeJoin",
    answers: { 200: { summary: "How often it is to be heard of.", schema: "NodeWelcome" } },
    errors: [
      ...bodyErrors,
      "node-unreadable",
      "node-invalid",
      "node-name-taken",
      "node-clock-off",
      "node-token-invalid",
      "node-token-expired",
    ],
  }),
  pollNode: polling("poll", "A node asks for orders: those behind the last that it has, again where an answer got lost.", {
    schema: "NodePoll",
    parameters: [{ ...wait, summary: "Where there is nothing, hold the answer until there is, at most so long." }],
    answers: { 200: { summary: "The orders.", schema: "NodeOrders" } },
  }),
  reportNode: polling("report", "A node tells how its attempts go on. An end is told again until it is settled.", {
    schema: "NodeReports",
    answers: taken,
  }),
  heartbeatNode: polling("heartbeat", "A node says that it is there, and how busy it is.", { schema: "NodeHeartbeat", answers: taken }),
  leaveNode: polling("leave", "A node wants no more jobs; those that it has go on.", { schema: "NodeLeave", answers: taken }),
  createNodeToken: {
    method: "POST",
    path: "/v1/node-tokens",
    tag: "nodes",
    summary: "Makes a token that machines join with. Its text is in this answer alone.",
    parameters: [idempotencyKey],
    body: {
      types: ["application/json"],
      summary: "How long it is good (`expiresIn`: `PT12H`, a day when nothing is said) and what it is for (`note`).",
      required: false,
      schema: "NodeTokenRequest",
    },
    answers: { 201: { summary: "The token.", schema: "NewNodeToken" } },
    errors: [...bodyErrors, "node-unreadable", "node-tokens-too-many", "idempotency-key-reused"],
  },
  listNodeTokens: {
    method: "GET",
    path: "/v1/node-tokens",
    tag: "nodes",
    summary: "Lists the tokens that machines join with, the oldest first, without their texts.",
    parameters: [],
    answers: { 200: { summary: "The tokens.", schema: "NodeTokens" } },
    errors: [],
  },
  deleteNodeToken: {
    method: "DELETE",
    path: "/v1/node-tokens/{id}",
    tag: "nodes",
    summary: "Deletes a token. Nodes that have joined with it stay.",
    parameters: [],
    answers: { 204: { summary: "It is gone." } },
    errors: ["node-token-unknown"],
  },
} as const satisfies { readonly [operationId: string]: Route };
