// The API as a caller meets it: a real server on a free port, in this process.
import { connect } from "node:net";
import { maxBodyBytes, maxBodyDepth, pathsOf, readEvents, routes, type Problem, type RunView, type ServerSentEvent } from "@baton/api";
import type { Json } from "@baton/core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { flow, startTestServer, type RawAnswer, type RawRequest, type TestServer } from "./testing/harness.ts";
import { schemaProblems } from "./testing/schema-check.ts";

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const yaml = { "content-type": "text/yaml" };
const jsonType = { "content-type": "application/json" };
const hello = "  - greet: { set: { hello: world } }";
const long = "  - rest: { wait: PT1H }";

async function apply(name: string, tasks: string, more: { version?: string; namespace?: string } = {}): Promise<void> {
  await server.client.applyFlow(flow(name, tasks, more));
}

/** A problem document that is complete, under its own status and content type, or an error. */
async function problemOf(request: RawRequest): Promise<Problem> {
  return asProblem(await server.send(request));
}

function asProblem({ status, headers, json }: RawAnswer): Problem {
  expect(headers["content-type"]).toMatch(/^application\/problem\+json/);
  expect(schemaProblems(json, "Problem")).toEqual([]);
  const problem = json as unknown as Problem;
  expect(problem.status).toBe(status);
  return problem;
}

function post(path: string, body: string, headers: { [name: string]: string } = jsonType): RawRequest {
  return { method: "POST", path, headers, body };
}

describe("flows", () => {
  test("a document is registered once; the same again changes nothing; another content needs another version", async () => {
    const source = flow("letter", hello, { namespace: "post" });
    const first = await server.send(post("/v1/flows", source, yaml));
    expect(first).toMatchObject({ status: 201, headers: { location: "/v1/namespaces/post/flows/letter/versions/1.0.0" } });
    expect(first.json).toEqual({ namespace: "post", name: "letter", version: "1.0.0", created: true, warnings: [] });
    expect(await server.send(post("/v1/flows", source, yaml))).toMatchObject({ status: 200, json: { created: false } });
    const changed = flow("letter", "  - other: { set: { a: 1 } }", { namespace: "post" });
    expect(await problemOf(post("/v1/flows", changed, yaml))).toMatchObject({ status: 409, code: "flow-version-taken" });
    expect(await server.client.getFlow({ namespace: "post", name: "letter" })).toMatchObject({ version: "1.0.0", source });
  });

  test("JSON is a document too, and PUT wants the address of the flow itself", async () => {
    const document = {
      document: { dsl: "1.0.3", namespace: "default", name: "as-json", version: "1.0.0" },
      do: [{ a: { set: { b: 1 } } }],
    };
    const body = JSON.stringify(document);
    expect(await server.send({ method: "PUT", path: "/v1/flows/as-json", headers: jsonType, body })).toMatchObject({ status: 201 });
    expect(await problemOf({ method: "PUT", path: "/v1/flows/other", headers: jsonType, body })).toMatchObject({
      status: 422,
      code: "flow-name-mismatch",
      detail: "The document is of the flow default/as-json, but the address of default/other.",
    });
  });

  test("every mistake of a document is told with its place; nothing is registered", async () => {
    const source = flow("broken", "  - a: { sett: { b: 1 } }\n  - b: { set: { c: 1 }, then: nowhere }");
    const problem = await problemOf(post("/v1/flows", source, yaml));
    expect(problem).toMatchObject({ status: 422, code: "flow-invalid" });
    expect(problem.detail).toMatch(/^The document has 2 mistakes, the first: .*line 3, column \d+/);
    expect(problem.errors?.map(({ line, severity }) => [line, severity])).toEqual([
      [3, "error"],
      [4, "error"],
    ]);
    for (const item of problem.errors ?? [])
      expect(item).toMatchObject({ rule: expect.stringMatching(/./) as string, column: expect.any(Number) as number });
    expect(await problemOf({ path: "/v1/flows/broken" })).toMatchObject({ status: 404, code: "flow-unknown" });
  });

  test("what is not YAML is told with its place", async () => {
    const problem = await problemOf(post("/v1/flows", "document: [\n  oops", yaml));
    expect(problem).toMatchObject({ code: "flow-invalid" });
    expect(problem.errors?.[0]).toMatchObject({ line: expect.any(Number) as number, column: expect.any(Number) as number });
  });

  test("the newest version is the highest; all of them can be listed, a page at a time", async () => {
    for (const version of ["1.2.0", "1.10.0", "1.9.0"]) await apply("many", hello, { version, namespace: "lists" });
    await apply("other", hello, { namespace: "lists" });
    expect((await server.client.getFlow({ namespace: "lists", name: "many" })).version).toBe("1.10.0");
    const first = await server.client.listFlowVersions({ namespace: "lists", name: "many" }, { pageSize: 2 });
    expect(first.items.map((item) => item.version)).toEqual(["1.10.0", "1.9.0"]);
    const pageToken = first.nextPageToken ?? "";
    const rest = await server.client.listFlowVersions({ namespace: "lists", name: "many" }, { pageSize: 2, pageToken });
    expect([rest.items.map((item) => item.version), rest.nextPageToken]).toEqual([["1.2.0"], null]);
    const flows = await server.client.listFlows({ namespace: "lists" });
    expect(flows.items.map((item) => `${item.name} ${item.version}`)).toEqual(["many 1.10.0", "other 1.0.0"]);
    expect(await problemOf({ path: "/v1/namespaces/lists/flows/nothing/versions" })).toMatchObject({ code: "flow-unknown" });
  });
});

describe("runs", () => {
  test("a start that waits answers 200 with the run, in the shape that the description gives", async () => {
    await apply("greeting", hello);
    const answer = await server.send(post("/v1/flows/greeting:run?wait=4m", '{"name":"Zoë"}'));
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ status: "completed", input: { name: "Zoë" }, output: { hello: "world" }, error: null });
    expect(schemaProblems(answer.json, "Run")).toEqual([]);
  });

  test("a start that does not wait answers 202 and says where the run is", async () => {
    await apply("long", long);
    const answer = await server.send(post("/v1/flows/long:run", "null"));
    const { id } = answer.json as { id: string };
    expect(answer).toMatchObject({ status: 202, headers: { location: `/v1/runs/${id}` } });
    expect(schemaProblems(answer.json, "Run")).toEqual([]);
    const waited = await server.send({ path: `/v1/runs/${id}?wait=20ms` });
    expect(waited).toMatchObject({ status: 200, json: { id, status: "waiting" } });
    await server.client.commandRun(id, "cancel");
  });

  test("a version can be named; without a body the input is null", async () => {
    for (const version of ["1.0.0", "2.0.0"]) await apply("versioned", `  - a: { set: { version: '${version}' } }`, { version });
    const started = await server.client.startRun({ name: "versioned", version: "1.0.0" }, {}, { waitMs: 240_000 });
    expect(started.output).toEqual({ version: "1.0.0" });
    const newest = await server.send({ method: "POST", path: "/v1/flows/versioned:run?wait=4m" });
    expect(newest.json).toMatchObject({ input: null, output: { version: "2.0.0" } });
  });

  test("the same key starts one run, whatever the time to wait; another request under it is refused", async () => {
    await apply("keyed", hello);
    const key = { ...jsonType, "idempotency-key": "order-7" };
    const first = await server.send(post("/v1/flows/keyed:run?wait=4m", '{"a": 1}', key));
    const again = await server.send(post("/v1/flows/keyed:run?wait=3m", '{"a": 1}', key));
    expect(again.json).toEqual(first.json);
    expect([first.headers["idempotency-replayed"], again.headers["idempotency-replayed"]]).toEqual([undefined, "true"]);
    expect(await problemOf(post("/v1/flows/keyed:run", '{"a": 2}', key))).toMatchObject({ status: 422, code: "idempotency-key-reused" });
    const runs = await server.client.listRuns({ flow: "keyed" });
    expect(runs.items).toHaveLength(1);
  });

  test("the list is the newest first, filtered, a page at a time", async () => {
    await apply("listed", hello, { namespace: "lists" });
    const ids: string[] = [];
    for (let i = 0; i < 5; i++) ids.push((await server.client.startRun({ namespace: "lists", name: "listed" }, i, { waitMs: 240_000 })).id);
    const seen: string[] = [];
    let pageToken: string | undefined;
    do {
      const answer = await server.client.listRuns({
        namespace: "lists",
        flow: "listed",
        status: "completed",
        pageSize: 2,
        ...(pageToken === undefined ? {} : { pageToken }),
      });
      expect(schemaProblems(answer as unknown as Json, "RunPage")).toEqual([]);
      seen.push(...answer.items.map((run) => run.id));
      pageToken = answer.nextPageToken ?? undefined;
    } while (pageToken !== undefined);
    expect(seen).toEqual([...ids].sort().reverse());
    expect((await server.client.listRuns({ namespace: "lists", status: "faulted" })).items).toEqual([]);
    expect(await problemOf({ path: "/v1/runs?pageToken=@@" })).toMatchObject({
      code: "parameter-invalid",
      errors: [{ parameter: "pageToken" }],
    });
  });

  test("commands: suspended, resumed, cancelled; repeating one is no error; one that cannot be is refused", async () => {
    await apply("commanded", `${long}\n${hello}`);
    const { id } = await server.client.startRun({ name: "commanded" }, null);
    for (const [verb, status] of [
      ["suspend", "suspended"],
      ["suspend", "suspended"],
      ["resume", "waiting"],
      ["resume", "waiting"],
      ["cancel", "cancelled"],
      ["cancel", "cancelled"],
    ] as const)
      expect((await server.client.commandRun(id, verb)).status).toBe(status);
    expect(await problemOf(post(`/v1/runs/${id}:resume`, ""))).toMatchObject({ status: 409, code: "command-refused" });
  });

  test("an unknown run is told so by every address that names one", async () => {
    for (const request of [
      { path: "/v1/runs/run_nope" },
      { path: "/v1/runs/run_nope/watch" },
      { path: "/v1/runs/run_nope?wait=1s" },
      post("/v1/runs/run_nope:cancel", ""),
    ])
      expect(await problemOf(request)).toMatchObject({
        status: 404,
        code: "run-unknown",
        hint: "List the runs with `baton run list`.",
        detail: expect.stringContaining("run_nope") as string,
      });
  });

  test("an unknown flow is told so", async () => {
    expect(await problemOf(post("/v1/namespaces/a/flows/b:run?version=9.9.9", "1"))).toMatchObject({
      status: 404,
      code: "flow-unknown",
      detail: expect.stringContaining("a/b@9.9.9") as string,
    });
  });

  test("an ETag holds as long as nothing changes", async () => {
    await apply("tagged", hello);
    const { id } = await server.client.startRun({ name: "tagged" }, 1, { waitMs: 240_000 });
    for (const path of [`/v1/runs/${id}`, "/v1/flows/tagged", "/v1/flows/tagged/versions/1.0.0"]) {
      const etag = String((await server.send({ path })).headers.etag);
      expect(etag).toMatch(/^"[\w-]{22}"$/);
      expect(await server.send({ path, headers: { "if-none-match": `"other", W/${etag}` } })).toMatchObject({ status: 304, text: "" });
      expect(await server.send({ path, headers: { "if-none-match": '"other"' } })).toMatchObject({ status: 200 });
    }
  });
});

describe("watching", () => {
  const steps = "  - one: { set: { a: 1 } }\n  - hear: { listen: { to: { one: { with: { type: go } } } } }\n  - two: { set: { b: 2 } }";
  let going = 0;

  /** Starts a run that waits until `go` is called. */
  async function startWaiting(): Promise<string> {
    await apply("watched", steps);
    return (await server.client.startRun({ name: "watched" }, null)).id;
  }

  /** Lets the runs that wait go on to their end. */
  async function go(): Promise<void> {
    await server.client.sendEvents([{ specversion: "1.0", id: String(++going), source: "/test", type: "go" }]);
  }

  test("a watcher sees the states one after the other, the last one as the run is read afterwards", async () => {
    const id = await startWaiting();
    const states: RunView[] = [];
    for await (const state of server.client.watchRun(id)) if (states.push(state) === 1) await go();
    expect(states.at(-1)).toEqual(await server.client.getRun(id));
    expect(states.at(-1)).toMatchObject({ status: "completed", output: { b: 2 } });
    expect(states[0]?.status).toBe("waiting");
  });

  test("snapshot, patch, end; whoever has seen the last event gets 204, whoever missed it a snapshot", async () => {
    const id = await startWaiting();
    const { status, headers, body } = await fetch(`${server.url}/v1/runs/${id}/watch`);
    expect([status, headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const events: ServerSentEvent[] = [];
    for await (const event of readEvents(body as unknown as AsyncIterable<Uint8Array>)) if (events.push(event) === 1) await go();
    expect(events.map(({ event }) => event)).toEqual(["snapshot", "patch", "end"]);
    const ids = events.map((event) => event.id);
    const resume = (last: string): Promise<RawAnswer> => server.send({ path: `/v1/runs/${id}/watch`, headers: { "last-event-id": last } });
    expect(await resume(ids.at(-1) as string)).toMatchObject({ status: 204 });
    for (const last of [ids[0] as string, "nonsense"]) expect((await resume(last)).text).toMatch(/^(id: \d+\n)?event: snapshot\n/);
  });

  test("many watchers of one run, one of whom leaves", async () => {
    const id = await startWaiting();
    const leaving = new AbortController();
    const left = (async () => {
      for await (const _ of server.client.watchRun(id, { signal: leaving.signal })) leaving.abort();
    })();
    let watching = 0;
    const watch = async (): Promise<RunView[]> => {
      const states: RunView[] = [];
      for await (const state of server.client.watchRun(id)) if (states.push(state) === 1 && ++watching === 3) await go();
      return states;
    };
    const all = await Promise.all([watch(), watch(), watch()]);
    await left.catch(() => {});
    expect(all.map((states) => states.at(-1)?.status)).toEqual(["completed", "completed", "completed"]);
  });
});

describe("requests that cannot be read", () => {
  test.each<[string, RawRequest, number, object]>([
    ["JSON with a mistake", post("/v1/flows/a:run", '{"a": 1,}'), 400, { code: "body-malformed", errors: [{ line: 1, column: 9 }] }],
    ["JSON that is cut", post("/v1/flows/a:run", '{"a":\n['), 400, { code: "body-malformed", errors: [{ line: 2, column: 2 }] }],
    [
      "JSON nested without end",
      post("/v1/flows/a:run", "[".repeat(maxBodyDepth + 1) + "]".repeat(maxBodyDepth + 1)),
      400,
      { code: "body-too-deep" },
    ],
    ["a body over the limit", post("/v1/flows/a:run", `"${"x".repeat(maxBodyBytes)}"`), 413, { code: "body-too-large", retryable: false }],
    ["a document over the limit", post("/v1/flows", "#".repeat(maxBodyBytes + 1), yaml), 413, { code: "body-too-large" }],
    [
      "a form",
      post("/v1/flows/a:run", "a=1", { "content-type": "application/x-www-form-urlencoded" }),
      415,
      { code: "body-type-unsupported" },
    ],
    ["plain text, as a page can send it", post("/v1/flows", "a", { "content-type": "text/plain" }), 415, { code: "body-type-unsupported" }],
    [
      "YAML where JSON is wanted",
      post("/v1/flows/a:run", "a: 1", yaml),
      415,
      { detail: "The body's type is text/yaml; this address reads application/json." },
    ],
    ["a body without a type", post("/v1/flows/a:run", "{}", {}), 415, { code: "body-type-unsupported" }],
    [
      "a document in another encoding than UTF-8",
      { method: "POST", path: "/v1/flows", headers: yaml, body: Buffer.from("# caf\u00e9", "latin1") },
      400,
      { code: "body-malformed", detail: "The body is not a text in UTF-8." },
    ],
    [
      "a body that is packed",
      post("/v1/flows/a:run", "{}", { "content-type": "application/json", "content-encoding": "gzip" }),
      415,
      { code: "body-type-unsupported", detail: "The body's Content-Encoding is gzip; bodies are read as they are." },
    ],
    ["a misspelt parameter", { path: "/v1/runs?pagesize=3" }, 400, { errors: [{ parameter: "pagesize", suggestion: "pageSize" }] }],
    [
      "a time to wait that is too long",
      { path: "/v1/runs/a?wait=1h" },
      400,
      { detail: "wait is wrong: 1h is too long: wait at most 4 minutes, and ask again" },
    ],
    ["an unknown address", { path: "/v1/flow" }, 404, { code: "route-unknown", hint: "Did you mean GET /v1/flows?" }],
    ["an unknown verb", post("/v1/runs/run_1:cancle", ""), 404, { hint: "Did you mean POST /v1/runs/run_1:cancel?" }],
    ["a name with a slash in it", post("/v1/flows/a%2Fb:run", ""), 404, { code: "route-unknown" }],
    ["another method", { method: "DELETE", path: "/v1/runs/run_1" }, 405, { code: "method-not-allowed" }],
    ["an address that is not encoded rightly", { path: "/v1/runs/%zz" }, 400, { code: "request-malformed" }],
    ["a name without end", { path: `/v1/runs/${"x".repeat(400)}` }, 404, { code: "route-unknown" }],
  ])("%s", async (_, request, status, expected) => {
    expect(await problemOf(request)).toMatchObject({ status, ...expected });
  });

  test("HTTP that is none, and headers without end, are answered with a problem document too", async () => {
    const garbage = await rawExchange("GET / NONSENSE\r\n\r\n");
    expect(garbage).toMatch(/^HTTP\/1\.1 400 .*"code":"request-malformed"/s);
    const headers = await rawExchange(`GET /livez HTTP/1.1\r\nhost: localhost\r\nx: ${"y".repeat(40_000)}\r\n\r\n`);
    expect(headers).toMatch(/^HTTP\/1\.1 431 .*"code":"headers-too-large"/s);
  });

  function rawExchange(text: string): Promise<string> {
    const { hostname, port } = new URL(server.url);
    return new Promise((resolve) => {
      let answer = "";
      const socket = connect(Number(port), hostname, () => socket.write(text));
      socket.on("data", (chunk) => (answer += chunk.toString()));
      socket.on("error", () => {});
      socket.on("close", () => resolve(answer));
    });
  }
});

describe("access", () => {
  test("without a token only requests that name this machine, and none of another site's page", async () => {
    expect(await problemOf({ path: "/v1/runs", headers: { host: "evil.example" } })).toMatchObject({ status: 421, code: "host-refused" });
    expect(await problemOf({ path: "/v1/runs", headers: { origin: "https://evil.example" } })).toMatchObject({
      status: 403,
      code: "origin-refused",
    });
    const { host } = new URL(server.url);
    expect(await server.send({ path: "/v1/runs", headers: { origin: `http://${host}` } })).toMatchObject({ status: 200 });
    const preflight = await server.send({ method: "OPTIONS", path: "/v1/flows", headers: { "access-control-request-method": "POST" } });
    expect(Object.keys(preflight.headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
  });

  test("with a token every address asks for it, but the probes", async () => {
    const guarded = await startTestServer({ token: "s3cret-token" });
    const { status, headers, json } = await guarded.send({ path: "/v1/runs" });
    expect([status, headers["www-authenticate"]]).toEqual([401, "Bearer"]);
    expect(json).toMatchObject({ code: "authentication-required" });
    for (const route of Object.values(routes))
      for (const path of pathsOf(route)) {
        const answer = await guarded.send({
          method: route.method,
          path: path.replaceAll(/\{\w+\}/g, "x"),
          headers: { authorization: "Bearer wrong" },
        });
        expect([path, answer.status]).toEqual([path, route.open === true ? 200 : 401]);
      }
    expect(await guarded.send({ path: "/nowhere" })).toMatchObject({ status: 401 });
    expect((await guarded.client.listRuns()).items).toEqual([]);
    expect(JSON.stringify(guarded.logged)).not.toContain("s3cret");
    await guarded.close();
  });

  test("a server that others can reach is not started without a token", async () => {
    await expect(startTestServer({ host: "0.0.0.0" })).rejects.toMatchObject({ code: "token-required" });
    const open = await startTestServer({ host: "0.0.0.0", token: "t" });
    expect(await open.client.ready()).toBe(true);
    await open.close();
  });
});

describe("the server itself", () => {
  test("answers probes, HEAD too", async () => {
    for (const path of ["/livez", "/readyz"]) {
      expect(await server.send({ path })).toMatchObject({ status: 200, json: { status: "ok" } });
      expect(await server.send({ method: "HEAD", path })).toMatchObject({ status: 200, text: "" });
    }
  });

  test("describes itself: every address that the description names is there", async () => {
    const { json } = await server.send({ path: "/openapi.json" });
    const { paths } = json as unknown as { paths: { [path: string]: { [method: string]: object } } };
    for (const [path, methods] of Object.entries(paths))
      for (const method of Object.keys(methods)) {
        const answer = await fetch(server.url + path.replaceAll(/\{\w+\}/g, "x"), { method: method.toUpperCase() });
        const isStream = answer.headers.get("content-type")?.startsWith("text/event-stream") === true;
        expect([path, method, isStream || !(await answer.text()).includes("route-unknown")]).toEqual([path, method, true]);
        if (isStream) await answer.body?.cancel();
      }
  });

  test("counts what it does", async () => {
    await apply("counted", hello);
    await server.client.startRun({ name: "counted" }, null, { waitMs: 240_000 });
    const { text, headers } = await server.send({ path: "/metrics" });
    expect(headers["content-type"]).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/^baton_runs_finished_total\{status="completed"\} [1-9]\d*$/m);
    expect(text).toMatch(/^baton_steps_total\{kind="set",status="completed"\} [1-9]\d*$/m);
    expect(text).toMatch(/^baton_http_requests_total\{operation="startRun",status="200"\} [1-9]\d*$/m);
  });

  test("logs each request with its id, and nothing that was in it", async () => {
    const { headers } = await server.send(
      post("/v1/flows/a:run?version=private-1", '{"password":"private-2"}', { ...jsonType, "idempotency-key": "private-3" }),
    );
    const record = server.logged.find((candidate) => candidate["id"] === headers["x-request-id"]);
    expect(record).toMatchObject({ level: "debug", operation: "startRun", method: "POST", path: "/v1/flows/a:run", status: 404 });
    expect(JSON.stringify(server.logged)).not.toContain("private-");
  });
});
