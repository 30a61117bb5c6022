// Against real servers on this machine; each test brings the behaviour that it is about.
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import { afterAll, afterEach, describe, expect, test } from "vitest";
import type { Json } from "@baton/core";
import type { HttpWork, WorkOutcome } from "@baton/engine";
import { maxResponseBytes } from "../limits.ts";
import { createHttpExecutor } from "./http-executor.ts";

const executor = createHttpExecutor();
const impatient = createHttpExecutor({ silenceTimeoutMs: 1000 });
const open: Server[] = [];

afterEach(() => {
  for (const server of open.splice(0)) {
    if ("closeAllConnections" in server) (server as ReturnType<typeof createServer>).closeAllConnections();
    server.close();
  }
});
afterAll(() => Promise.all([executor, impatient].map((one) => one.close())));

async function listen(server: Server): Promise<string> {
  open.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function serve(listener: RequestListener): Promise<string> {
  return listen(createServer(listener));
}

function answering(status: number, headers: { [name: string]: string | string[] }, body: string | Buffer = ""): Promise<string> {
  return serve((_, response) => response.writeHead(status, headers).end(body));
}

/** What a server got, once it has answered. */
interface Received {
  readonly line: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

async function recording(): Promise<{ url: string; received: Received[] }> {
  const received: Received[] = [];
  const listener = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks = await Array.fromAsync(request as AsyncIterable<Buffer>);
    received.push({ line: `${request.method} ${request.url}`, headers: request.headers, body: Buffer.concat(chunks).toString() });
    response.writeHead(204).end();
  };
  return { url: await serve((request, response) => void listener(request, response)), received };
}

const never = new AbortController().signal;
const work: HttpWork = { kind: "http", method: "get", uri: "", headers: {}, query: {}, output: "content", redirect: false };

async function call(uri: string, more: Partial<HttpWork> = {}, signal = never, by = executor): Promise<WorkOutcome> {
  return by.perform({ ...work, uri, ...more }, { workId: "run_1/2/1", signal });
}

async function outputOf(uri: string, more: Partial<HttpWork> = {}): Promise<Json> {
  const outcome = await call(uri, more);
  if (!outcome.ok) throw new Error(`${outcome.fault.title}: ${outcome.fault.detail ?? ""}`);
  return outcome.output;
}

async function faultOf(uri: string, more: Partial<HttpWork> = {}, signal = never, by = executor): Promise<object> {
  const outcome = await call(uri, more, signal, by);
  if (outcome.ok) throw new Error(`Expected a fault, but got ${JSON.stringify(outcome.output)}`);
  return outcome.fault;
}

describe("the request", () => {
  test("carries method, query (several values too), headers and a JSON body", async () => {
    const { url, received } = await recording();
    const query = { tag: ["a b", "ü"], page: "1" };
    await outputOf(`${url}/pets?fixed=1#part`, { method: "post", query, headers: { "X-Trace": "t1" }, body: { name: "Milou" } });
    expect(received).toMatchObject([
      {
        line: "POST /pets?fixed=1&tag=a+b&tag=%C3%BC&page=1",
        headers: { "x-trace": "t1", "content-type": "application/json", "user-agent": "baton" },
        body: '{"name":"Milou"}',
      },
    ]);
  });

  test("tells a repetition: the same attempt has the same key and trace, one run has one trace", async () => {
    const { url, received } = await recording();
    const { signal } = new AbortController();
    for (const workId of ["run_1a/2/1", "run_1a/2/1", "run_1a/3/1", "run_2b/2/1"])
      await executor.perform({ ...work, uri: url }, { workId, signal });
    expect(received.map(({ headers }) => headers["idempotency-key"])).toEqual(["run_1a/2/1", "run_1a/2/1", "run_1a/3/1", "run_2b/2/1"]);
    const parents = received.map(({ headers }) => String(headers["traceparent"]));
    for (const parent of parents) expect(parent).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    expect(parents[0]).toBe(parents[1]);
    const [first, , second, other] = parents.map((parent) => parent.split("-")) as [string[], string[], string[], string[]];
    expect([second[1] === first[1], second[2] === first[2], other[1] === first[1]]).toEqual([true, false, false]);
  });

  test("leaves what its author set alone", async () => {
    const { url, received } = await recording();
    const headers = { "Idempotency-Key": "order-7", traceparent: "00-aa-bb-00", Accept: "text/csv", "User-Agent": "shop" };
    await outputOf(url, { headers });
    expect(received[0]?.headers).toMatchObject({
      "idempotency-key": "order-7",
      traceparent: "00-aa-bb-00",
      accept: "text/csv",
      "user-agent": "shop",
    });
  });

  test.each<[string, string | undefined, Json, string]>([
    ["without a type, any value is JSON", undefined, "text", '"text"'],
    ["a JSON type writes a text as JSON too", "application/vnd.api+json; charset=utf-8", "text", '"text"'],
    ["null is a body", undefined, null, "null"],
    ["text is sent as it is", "text/plain", "Zoë\n", "Zoë\n"],
    ["a number as text", "text/plain", 7, "7"],
    ["XML as its author wrote it", "application/xml", "<a/>", "<a/>"],
    [
      "a form, with several values and nested ones",
      "application/x-www-form-urlencoded",
      { a: "b c", n: [1, 2], o: { x: 1 } },
      "a=b+c&n=1&n=2&o=%7B%22x%22%3A1%7D",
    ],
  ])("%s", async (_, type, body, expected) => {
    const { url, received } = await recording();
    await outputOf(url, { method: "PUT", body, headers: type === undefined ? {} : { "Content-Type": type } });
    expect(received[0]?.body).toBe(expected);
    expect(received[0]?.headers["content-type"]).toBe(type ?? "application/json");
  });

  test("a form with files is multipart: lists repeat, a file has its name and type", async () => {
    const { url, received } = await recording();
    const body = { note: "Zoë", n: [1, 2], file: { base64: "QUJD", filename: "a.bin", contentType: "application/x-abc" } };
    await outputOf(url, { method: "POST", body, headers: { "Content-Type": "multipart/form-data" } });
    const boundary = /^multipart\/form-data; boundary=(\S+)$/.exec(received[0]?.headers["content-type"] ?? "")?.[1];
    const field = (name: string, value: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`;
    const file = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.bin"\r\nContent-Type: application/x-abc\r\n\r\nABC\r\n`;
    expect(received[0]?.body).toBe(`${field("note", "Zoë")}${field("n", "1")}${field("n", "2")}${file}--${boundary}--\r\n`);
  });

  test("what cannot be sent is a configuration fault that names it, and nothing is sent", async () => {
    const { url, received } = await recording();
    const cases: [string, Partial<HttpWork>, string][] = [
      ["pets/1", {}, 'The endpoint "pets/1" is not an absolute http or https address.'],
      ["ftp://me:secret@x/?key=1", {}, 'The endpoint "ftp://x/" is not an absolute http or https address.'],
      [url.replace("//", "//me:secret@"), {}, `The endpoint ${url} carries a user name or password; send them in an Authorization header.`],
      [url, { method: "GET /x" }, '"GET /x" is not an HTTP method that a flow can use.'],
      [url, { method: "connect" }, '"connect" is not an HTTP method that a flow can use.'],
      [url, { headers: { "a b": "1" } }, '"a b" is not a name that a header can have.'],
      [url, { headers: { a: "1\r\nb: 2" } }, "The value of the header a has a character that headers cannot carry."],
      [url, { headers: { "Content-Length": "1" } }, "The header Content-Length belongs to the connection and cannot be set by a flow."],
      [
        url,
        { body: { a: 1 }, headers: { "content-type": "text/xml" } },
        "A body of type text/xml must be a text, but this one is an object.",
      ],
      [url, { body: [], headers: { "content-type": "image/png" } }, "A body of type image/png must be a text, but this one is an array."],
    ];
    for (const [uri, more, detail] of cases)
      expect(await faultOf(uri, more)).toEqual({ kind: "configuration", status: 400, title: "Invalid request", detail });
    expect(received).toEqual([]);
  });
});

describe("the output", () => {
  const pet = { id: 1, name: "Zoë" };
  const json = JSON.stringify(pet);

  test.each<[string, string, string | Buffer, Json]>([
    ["JSON is read", "application/json", json, pet],
    ["problem+json is JSON", "application/problem+json;charset=utf-8", json, pet],
    ["JSON with a byte order mark", "application/json", `\uFEFF${json}`, pet],
    ["text is text", "text/plain", json, json],
    ["text in its own encoding", "text/plain; charset=iso-8859-1", Buffer.from("Zoë", "latin1"), "Zoë"],
    ["XML is text", "image/svg+xml", "<svg/>", "<svg/>"],
    ["anything else is base64", "image/png", Buffer.from([0, 255]), "AP8="],
    ["nothing is null", "application/json", "", null],
  ])("content: %s", async (_, type, body, expected) => {
    expect(await outputOf(await answering(200, { "content-type": type }, body))).toEqual(expected);
  });

  test("content without a type is base64: the type decides, never the content", async () => {
    expect(await outputOf(await answering(200, {}, json))).toBe(Buffer.from(json).toString("base64"));
  });

  test("raw is base64 whatever the type", async () => {
    const url = await answering(200, { "content-type": "application/json" }, json);
    expect(await outputOf(url, { output: "raw" })).toBe(Buffer.from(json).toString("base64"));
    expect(await outputOf(await answering(204, {}), { output: "raw" })).toBeNull();
  });

  test("response has request, status, headers and content, and no credentials", async () => {
    const url = await answering(
      201,
      { "content-type": "application/json", "set-cookie": ["a=1", "b=2"], date: "today", connection: "close" },
      json,
    );
    const headers = { Accept: "application/json", Authorization: "Bearer abc", "X-Api-Key": "k" };
    expect(await outputOf(`${url}/pets`, { output: "response", headers, query: { q: "1" } })).toMatchObject({
      request: {
        method: "get",
        uri: `${url}/pets?q=1`,
        headers: { Accept: "application/json", Authorization: "[redacted]", "X-Api-Key": "[redacted]" },
      },
      statusCode: 201,
      headers: { "content-type": "application/json", "set-cookie": "a=1, b=2" },
      content: pet,
    });
  });

  test("compressed content is decompressed", async () => {
    const url = await answering(200, { "content-type": "application/json", "content-encoding": "gzip" }, gzipSync(json));
    expect(await outputOf(url)).toEqual(pet);
  });

  test("HEAD has no content, whatever length it announces", async () => {
    expect(await outputOf(await answering(200, { "content-length": String(maxResponseBytes * 2) }), { method: "HEAD" })).toBeNull();
  });
});

describe("a status that is an error", () => {
  test("is a communication fault with the peer's status and words, without the query", async () => {
    const url = await answering(500, { "content-type": "application/json" }, '{"error":"out of coffee"}');
    expect(await faultOf(`${url}/brew`, { query: { key: "secret" }, headers: { authorization: "Bearer secret" } })).toEqual({
      kind: "communication",
      status: 500,
      title: "Internal Server Error",
      detail: `GET ${url}/brew answered 500: {"error":"out of coffee"}`,
    });
  });

  test("a peer that describes its problem is quoted, as far as it does", async () => {
    const headers = { "content-type": "application/problem+json; charset=utf-8" };
    const url = await answering(400, headers, '{"title":"Full","detail":"No slots available","status":409}');
    expect(await faultOf(url)).toEqual({ kind: "communication", status: 400, title: "Full", detail: "No slots available" });
    const half = await answering(400, headers, '{"title":5,"detail":""}');
    expect(await faultOf(half)).toMatchObject({ title: "Bad Request", detail: expect.stringContaining("answered 400") as string });
    const broken = await answering(400, headers, "{");
    expect(await faultOf(broken)).toMatchObject({ title: "Bad Request", detail: expect.stringContaining("answered 400") as string });
  });

  test("a body that is not text is not shown", async () => {
    const url = await answering(418, { "content-type": "image/png" }, Buffer.from([1, 2, 3]));
    expect(await faultOf(url)).toEqual({ kind: "communication", status: 418, title: "I'm a Teapot", detail: `GET ${url}/ answered 418` });
  });

  test("a redirection is one unless the call says otherwise; it is never followed", async () => {
    const { url: target, received } = await recording();
    const url = await answering(302, { location: `${target}/new?token=1` });
    expect(await faultOf(url)).toMatchObject({
      status: 302,
      title: "Found",
      detail: `GET ${url}/ answered 302 (a redirection to ${target}/new; it counts as an error unless the call has "redirect: true")`,
    });
    expect(await outputOf(url, { redirect: true, output: "response" })).toMatchObject({
      statusCode: 302,
      headers: { location: `${target}/new?token=1` },
    });
    expect(received).toEqual([]);
    const missing = await answering(400, {});
    expect(await faultOf(missing, { redirect: true })).toMatchObject({ status: 400, title: "Bad Request" });
  });
});

describe("trouble on the way", () => {
  async function expectFault(uri: string, title: string, detail: string | RegExp, by = executor): Promise<void> {
    expect(await faultOf(uri, {}, never, by)).toEqual({
      kind: "communication",
      status: 500,
      title,
      detail: typeof detail === "string" ? detail : (expect.stringMatching(detail) as string),
    });
  }

  function tcp(onConnection: (socket: Socket) => void): Promise<string> {
    return listen(createTcpServer((socket) => onConnection(socket.on("error", () => {}))));
  }

  test("nothing listens there", async () => {
    // A port that was free a moment ago may be somebody else's by now; this one is nobody's.
    const url = "http://127.0.0.1:1";
    await expectFault(`${url}/a`, "Connection refused", `GET ${url}/a was refused: nothing listens at that address.`);
  });

  test("a host that does not exist", async () => {
    // Longer than a name can be: for that nobody in the network is asked, who might take long to answer.
    const host = `${"x".repeat(64)}.invalid`;
    await expectFault(`http://${host}/`, "Host not found", new RegExp(`^GET http://${host}/ failed: DNS `));
  });

  test("the peer hangs up before it answers, and in the middle of its answer", async () => {
    const silent = await tcp((socket) => socket.once("data", () => socket.resetAndDestroy()));
    await expectFault(silent, "Connection reset", `GET ${silent}/ got no complete answer: the peer closed the connection.`);
    const cut = await tcp((socket) => socket.once("data", () => socket.end("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nabc")));
    await expectFault(cut, "Connection reset", `GET ${cut}/ got no complete answer: the peer closed the connection.`);
  });

  test("the peer is silent", async () => {
    const silent = await serve(() => {});
    await expectFault(silent, "No answer in time", /the peer was silent/, impatient);
    const stuck = await serve((_, response) => void response.writeHead(200, { "content-length": "10" }).write("abc"));
    await expectFault(stuck, "No answer in time", /stopped in the middle of its answer/, impatient);
  });

  test("what answers is not HTTP, or not TLS", async () => {
    const ssh = await tcp((socket) => socket.write("SSH-2.0-OpenSSH_9.2\r\n"));
    await expectFault(ssh, "Broken answer", /something that is not HTTP/);
    const plain = await serve((_, response) => response.end());
    await expectFault(plain.replace("http:", "https:"), "TLS failure", /the secure connection did not come about/);
  });

  test("broken JSON, with the place", async () => {
    const url = await answering(200, { "content-type": "application/json" }, '{"a": 1,}');
    await expectFault(url, "Response is not JSON", /^GET .* calls its answer JSON, but it does not parse: .*position 8/);
  });

  test("JSON that is nested without end", async () => {
    const url = await answering(200, { "content-type": "application/json" }, "[".repeat(5000) + "]".repeat(5000));
    await expectFault(url, "Response too deep", /more than 256 levels/);
  });

  test("a body over the limit: announced, streamed, and hidden in compression", async () => {
    const huge = Buffer.alloc(maxResponseBytes + 1, " ");
    const detail = new RegExp(`more than ${maxResponseBytes} bytes`);
    await expectFault(
      await answering(200, { "content-type": "text/plain", "content-length": String(huge.length) }, huge),
      "Response too large",
      detail,
    );
    await expectFault(await serve((_, response) => void response.write(huge, () => response.end())), "Response too large", detail);
    await expectFault(await answering(200, { "content-encoding": "gzip" }, gzipSync(huge)), "Response too large", detail);
    expect(await outputOf(await answering(200, { "content-type": "text/plain" }, huge.subarray(1)))).toHaveLength(maxResponseBytes);
  });

  test("a content encoding that is unknown or broken", async () => {
    await expectFault(await answering(200, { "content-encoding": "zstd-9" }, "abc"), "Unknown content encoding", /"zstd-9"/);
    await expectFault(await answering(200, { "content-encoding": "gzip" }, "abc"), "Broken content encoding", /not gzip/);
  });

  test("a server is not asked for more connections than allowed", async () => {
    let most = 0;
    const sockets = new Set<Socket>();
    const url = await serve((request, response) => {
      sockets.add(request.socket.once("close", () => sockets.delete(request.socket)));
      most = Math.max(most, sockets.size);
      setImmediate(() => response.end());
    });
    const narrow = createHttpExecutor({ connectionsPerOrigin: 2 });
    const context = { workId: "w", signal: new AbortController().signal };
    const outcomes = await Promise.all(Array.from({ length: 20 }, async () => narrow.perform({ ...work, uri: url }, context)));
    await narrow.close();
    expect(outcomes.every((outcome) => outcome.ok)).toBe(true);
    expect(most).toBe(2);
  });
});

describe("stopping", () => {
  test("an abort closes the connection at once", async () => {
    const abort = new AbortController();
    let closed: Promise<unknown> | undefined;
    const url = await serve((request) => {
      closed = new Promise((resolve) => request.socket.once("close", resolve));
      abort.abort();
    });
    expect(await faultOf(url, {}, abort.signal)).toMatchObject({ title: "Aborted" });
    await closed;
  });

  test("work that was aborted before it began is not sent", async () => {
    const { url, received } = await recording();
    expect(await faultOf(url, {}, AbortSignal.abort())).toMatchObject({ title: "Aborted" });
    expect(received).toEqual([]);
  });

  test("closing the executor ends what is under way", async () => {
    const own = createHttpExecutor();
    const url = await serve(() => void own.close());
    const outcome = await own.perform({ ...work, uri: url }, { workId: "w", signal: new AbortController().signal });
    expect(outcome).toMatchObject({ ok: false, fault: { title: "Aborted" } });
  });
});
