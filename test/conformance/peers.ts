// What the sentences about the outside need: one server of ours, and peers that are real. Started when first asked for.
import { maxWaitMs, type RunView } from "@baton/api";
import type { Json } from "@baton/core";
import { expect } from "vitest";
import { Servers, type Received } from "../../packages/executors/testing/servers.ts";
import { startTestServer, type TestServer } from "../../packages/server/testing/harness.ts";

const servers = new Servers();
let baton: Promise<TestServer> | undefined;
let flows = 0;

/** What a peer answers. */
export interface Answer {
  readonly status?: number;
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string | Uint8Array;
}

/** Our server. */
export function theServer(): Promise<TestServer> {
  baton ??= startTestServer({ secrets: { login: { username: "ada", password: "pass-word" }, key: { token: "t0ken-1" } } });
  return baton;
}

/** Stops everything. */
export async function stopPeers(): Promise<void> {
  servers.stop();
  await (await baton)?.close();
  baton = undefined;
}

/** Starts a peer; gives its address, and what it is asked as it comes. */
export async function peer(answer: (request: Received) => Answer): Promise<{ readonly at: string; readonly asked: Received[] }> {
  const asked: Received[] = [];
  const at = await servers.answering((request, response) => {
    asked.push(request);
    const { status = 200, headers = { "content-type": "application/json" }, body } = answer(request);
    response.writeHead(status, headers).end(body);
  });
  return { at, asked };
}

/** A value as JSON. */
export const json = (value: Json, status = 200): Answer => ({ status, body: JSON.stringify(value) });

/** Registers a flow under a name of its own, and runs it to its end. */
export async function run(text: string, input: Json = {}): Promise<RunView> {
  const { client } = await theServer();
  return client.startRun(await registered(text), input, { waitMs: maxWaitMs });
}

/** Registers a flow under a name of its own, and starts it; resolves with the id of its run when that waits for an event. */
export async function waiting(text: string): Promise<string> {
  const { client } = await theServer();
  const { id } = await client.startRun(await registered(text), {});
  await expect.poll(async () => (await client.getRun(id)).status).toBe("waiting");
  return id;
}

async function registered(text: string): Promise<{ readonly namespace: string; readonly name: string }> {
  const { client } = await theServer();
  const name = `flow-${++flows}`;
  await client.applyFlow(`document: { dsl: 1.0.3, namespace: default, name: ${name}, version: 1.0.0 }\n${text}`);
  return { namespace: "default", name };
}

/** The output of a flow that completes. */
export async function result(text: string, input: Json = {}): Promise<Json> {
  const { status, output, error } = await run(text, input);
  if (status !== "completed") throw new Error(`the run is ${status}: ${JSON.stringify(error)}`);
  return output;
}

/** The error of a flow that faults. */
export async function fault(text: string, input: Json = {}): Promise<Json> {
  const { status, error } = await run(text, input);
  expect(status).toBe("faulted");
  return (error ?? null) as unknown as Json;
}
