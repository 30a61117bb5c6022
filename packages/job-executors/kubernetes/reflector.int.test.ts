// A list that is kept up to date, over a server that forgets, breaks off and refuses.
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test, vi } from "vitest";
import { ApiClient } from "./api-client.ts";
import type { ClusterObject } from "./objects.ts";
import { Reflector } from "./reflector.ts";

vi.setConfig({ testTimeout: 300_000 });

type Step = (response: ServerResponse, url: URL) => void;

const object = (name: string, version: number): ClusterObject => ({ metadata: { name, uid: name, resourceVersion: String(version) } });
const list =
  (version: number, ...names: readonly string[]): Step =>
  (response) =>
    void response.end(
      JSON.stringify({ metadata: { resourceVersion: String(version) }, items: names.map((name) => object(name, version)) }),
    );
const page =
  (rest: string, ...names: readonly string[]): Step =>
  (response) =>
    void response.end(JSON.stringify({ metadata: { resourceVersion: "1", continue: rest }, items: names.map((name) => object(name, 1)) }));
const refuse =
  (status: number): Step =>
  (response) =>
    void response
      .writeHead(status)
      .end(JSON.stringify({ kind: "Status", code: status, reason: status === 410 ? "Expired" : "Forbidden", message: "no" }));
const events = (...all: readonly object[]): string => all.map((event) => `${JSON.stringify(event)}\n`).join("");

/** Takes one step for each request, and stays silent after the last one. */
async function played(
  steps: readonly Step[],
  until: (told: readonly string[]) => boolean,
): Promise<{ told: readonly string[]; asked: readonly string[]; items: readonly string[] }> {
  const asked: string[] = [];
  const told: string[] = [];
  const left = [...steps];
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? "", "http://x");
    asked.push(
      `${url.searchParams.get("watch") === "true" ? "watch" : "list"} ${url.searchParams.get("resourceVersion") ?? url.searchParams.get("continue") ?? ""}`.trim(),
    );
    const step = left.shift();
    if (step === undefined) response.writeHead(200).flushHeaders();
    else step(response, url);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const access = {
    name: "test",
    server: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
    namespace: "default",
    tls: {},
    token: () => undefined,
    renew: () => false,
    warnings: [],
  };
  const client = new ApiClient(access);
  const reflector = new Reflector<string>(client, {
    path: "/api/v1/things",
    keep: ({ metadata }: ClusterObject) => metadata.name,
    changed: (name) => void told.push(`+${name}`),
    gone: (name) => void told.push(`-${name}`),
    trouble: (error) => void (error !== undefined && told.push(error.code)),
  });
  try {
    await reflector.start();
    await expect.poll(() => until(told), { timeout: 120_000 }).toBe(true);
    return { told, asked, items: [...reflector.items.values()] };
  } finally {
    reflector.close();
    client.close();
    server.closeAllConnections();
    server.close();
  }
}

test("a long list comes in pages", async () => {
  const { told, asked } = await played([page("next", "a"), list(2, "b")], (told) => told.length === 2);
  expect(told).toEqual(["+a", "+b"]);
  expect(asked.slice(0, 2)).toEqual(["list", "list next"]);
});

test("a watch that ends goes on where it stood; bookmarks count, half a line does not", async () => {
  const added = events({ type: "ADDED", object: object("b", 5) }, { type: "BOOKMARK", object: object("", 8) });
  const { told, asked } = await played(
    [
      list(3, "a"),
      (response) => void response.end(added),
      (response) => void response.end(events({ type: "DELETED", object: object("a", 9) })),
    ],
    (told) => told.includes("-a"),
  );
  expect(told).toEqual(["+a", "+b", "-a"]);
  expect(asked.slice(0, 3)).toEqual(["list", "watch 3", "watch 8"]);
});

test.each([
  ["refuses the watch", refuse(410)],
  ["says so in it", ((response) => void response.end(events({ type: "ERROR", object: { code: 410, reason: "Expired" } }))) satisfies Step],
])("a server that has forgotten what came since, and %s, is asked for everything anew", async (_, forgets) => {
  const { told, items } = await played([list(3, "a", "b"), forgets, list(20, "b", "c")], (told) => told.includes("-a"));
  expect(told).toEqual(["+a", "+b", "+b", "+c", "-a"]);
  expect(items).toEqual(["b", "c"]);
});

test("a connection that breaks, and a server in trouble, are tried again", async () => {
  const { told } = await played(
    [
      list(3, "a"),
      (response) => void response.destroy(),
      refuse(503),
      (response) => void response.end(events({ type: "ADDED", object: object("b", 4) })),
    ],
    (told) => told.includes("+b"),
  );
  expect(told).toEqual(["+a", "kubernetes-unreachable", "kubernetes-unreachable", "+b"]);
});

test("a list that may not be read is refused at once", async () => {
  await expect(played([refuse(403)], () => false)).rejects.toMatchObject({ code: "kubernetes-forbidden", message: "no." });
});
