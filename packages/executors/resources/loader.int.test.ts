import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import type { ResourceRequest } from "@baton/engine";
import { maxResourceBytes, maxResourceRedirects } from "../limits.ts";
import { Servers } from "../testing/servers.ts";
import { createResourceLoader, type ResourceOptions } from "./loader.ts";
import type { ResourceLoader } from "./port.ts";

const servers = new Servers();
const loaders: ResourceLoader[] = [];
const folders: string[] = [];
afterEach(async () => {
  await Promise.all(loaders.splice(0).map((loader) => loader.close()));
  servers.stop();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function loader(options: ResourceOptions = {}): (request: ResourceRequest | string) => Promise<string> {
  const made = createResourceLoader(options);
  loaders.push(made);
  return async (request) => {
    const loaded = await made.load(typeof request === "string" ? { uri: request } : request, new AbortController().signal);
    if (loaded.ok) return new TextDecoder().decode(loaded.value.bytes);
    const { kind, status, detail } = loaded.error;
    return `${kind} ${status}: ${detail}`;
  };
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "baton-resources-"));
  folders.push(made);
  return made;
}

test("what is fresh is not asked for again; what is stale is asked for by its tag", async () => {
  let now = 0;
  const seen: (string | undefined)[] = [];
  let version = 1;
  const url = await servers.answering(({ headers }, response) => {
    seen.push(headers["if-none-match"]);
    const etag = `"${version}"`;
    if (headers["if-none-match"] === etag) response.writeHead(304, { etag, "cache-control": "max-age=10" }).end();
    else response.writeHead(200, { etag, "cache-control": "public, max-age=10" }).end(`version ${version}`);
  });
  const load = loader({ now: () => now });
  expect(await load(url)).toBe("version 1");
  now = 9_999;
  expect(await load(url)).toBe("version 1");
  now = 10_001;
  expect(await load(url)).toBe("version 1");
  version = 2;
  now = 15_000;
  expect(await load(url)).toBe("version 1");
  now = 30_000;
  expect(await load(url)).toBe("version 2");
  expect(seen).toEqual([undefined, '"1"', '"1"']);
});

test("no-store is kept for nobody, no-cache is asked about each time", async () => {
  let count = 0;
  const url = await servers.answering(({ line }, response) => {
    count++;
    response.writeHead(200, { "cache-control": line.includes("store") ? "no-store" : "no-cache" }).end(String(count));
  });
  const load = loader();
  expect([await load(`${url}/store`), await load(`${url}/store`), await load(`${url}/cache`), await load(`${url}/cache`)]).toEqual([
    "1",
    "2",
    "3",
    "4",
  ]);
});

test("several who ask at once share one request; other credentials see another resource", async () => {
  const seen: (string | undefined)[] = [];
  const url = await servers.answering(({ headers }, response) => {
    seen.push(headers.authorization);
    setImmediate(() => response.end(headers.authorization ?? "anyone"));
  });
  const load = loader();
  expect(await Promise.all([load(url), load(url), load(url)])).toEqual(["anyone", "anyone", "anyone"]);
  expect(await load({ uri: url, authentication: { scheme: "bearer", token: "t" } })).toBe("Bearer t");
  expect(seen).toEqual([undefined, "Bearer t"]);
});

test("redirections are followed, without credentials to another origin, and not for ever", async () => {
  const target = await servers.answering(({ headers }, response) => void response.end(`there with ${headers.authorization ?? "nothing"}`));
  const url = await servers.answering(({ line, headers }, response) => {
    if (line.endsWith("/own")) response.writeHead(302, { location: "/end" }).end();
    else if (line.endsWith("/end")) response.end(`here with ${headers.authorization}`);
    else if (line.endsWith("/loop")) response.writeHead(301, { location: "/loop" }).end();
    else response.writeHead(302, { location: target }).end();
  });
  const load = loader();
  const authentication = { scheme: "bearer", token: "t" } as const;
  expect(await load({ uri: `${url}/own`, authentication })).toBe("here with Bearer t");
  expect(await load({ uri: url, authentication })).toBe("there with nothing");
  expect(await load(`${url}/loop`)).toBe(`communication 508: ${url}/loop redirects more than ${maxResourceRedirects} times.`);
});

test("what cannot be had says why, and shows neither query nor credentials", async () => {
  const missing = await servers.serve((_, response) => void response.writeHead(404).end("no"));
  const silent = await servers.serve(() => {});
  const huge = await servers.serve((_, response) => void response.end(Buffer.alloc(maxResourceBytes + 1)));
  const load = loader();
  expect(await load(`${missing}/x?key=hunter2`)).toBe(`communication 404: ${missing}/x answered 404.`);
  expect(await loader({ timeoutMs: 50 })(silent)).toBe(`communication 504: ${silent} did not arrive within 50 ms.`);
  expect(await load(huge)).toBe(`communication 413: ${huge} has more than ${maxResourceBytes} bytes, the most that a resource may have.`);
  expect(await load("ftp://me:hunter2@x/y")).toBe(
    'configuration 400: "ftp://x/y" is not the address of a resource: write http://, https:// or file:///.',
  );
  expect(await load("http://127.0.0.1:1/")).toContain("communication 500: GET http://127.0.0.1:1/ ");
});

test("files are read within the folder only", async () => {
  const root = folder();
  const outside = folder();
  mkdirSync(join(root, "inner"));
  writeFileSync(join(root, "inner", "a b.json"), "inside");
  writeFileSync(join(outside, "secret"), "outside");
  symlinkSync(join(outside, "secret"), join(root, "link"));
  symlinkSync(outside, join(root, "way"));
  symlinkSync(join(root, "inner"), join(root, "alias"));
  const load = loader({ folder: root });
  expect(await load("file:///inner/a%20b.json")).toBe("inside");
  expect(await load(`file://${root}/inner/a%20b.json`)).toBe("inside");
  expect(await load("file:///../../inner/a%20b.json")).toBe("inside");
  for (const path of ["link", "way/secret", "alias/a%20b.json"]) expect(await load(`file:///${path}`)).toContain("symbolic link");
  for (const path of [`${outside}/secret`, "/../secret", "/%2e%2e/secret", "//etc/passwd", "/etc/passwd"])
    expect(await load(`file://${path}`)).toContain("is not in the resource folder");
  for (const path of ["host/a", "/inner%2Fa", "/a%00b"]) expect(await load(`file://${path}`)).toContain("configuration 400");
  expect(await load("file:///inner")).toContain("is not a file");
  expect(await loader()("file:///inner/a")).toContain("this server reads no files");
});

test("who gives up is answered at once, and the others get what they asked for", async () => {
  const answer = Promise.withResolvers<void>();
  const url = await servers.serve((_, response) => void answer.promise.then(() => response.end("late")));
  const made = createResourceLoader();
  loaders.push(made);
  const impatient = new AbortController();
  const both = [made.load({ uri: url }, impatient.signal), made.load({ uri: url }, new AbortController().signal)];
  impatient.abort();
  expect(await both[0]).toMatchObject({ ok: false, error: { status: 499 } });
  answer.resolve();
  expect(await both[1]).toMatchObject({ ok: true });
});
