import { describe, expect, test } from "vitest";
import { BatonClient } from "./client.ts";
import { apiError } from "./errors.ts";
import { maxBodyBytes } from "./limits.ts";
import { ApiError, problemOf } from "./problem.ts";
import { formatEvent } from "./sse.ts";

interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: { readonly [name: string]: string };
  readonly body: unknown;
}

/** A client whose requests are answered by `answer`, in turn, and kept. */
function clientWith(answers: readonly (() => Response)[], token?: string): { client: BatonClient; seen: Seen[] } {
  const seen: Seen[] = [];
  const fetch = (url: unknown, init: RequestInit = {}): Promise<Response> => {
    seen.push({ method: init.method ?? "GET", url: String(url), headers: init.headers as Seen["headers"], body: init.body });
    const answer = answers[Math.min(seen.length, answers.length) - 1] as () => Response;
    return new Promise((resolve) => {
      resolve(answer());
    });
  };
  const options = { url: "http://baton.test/", fetch: fetch as typeof globalThis.fetch, reconnectMs: 0 };
  return { client: new BatonClient(token === undefined ? options : { ...options, token }), seen };
}

const run = { id: "run_1", status: "running", output: null, steps: [] };
const ended = { ...run, status: "completed", output: 7 };

describe("requests", () => {
  test("a run is started at the flow's address, with wait, key and token", async () => {
    const { client, seen } = clientWith([() => Response.json(ended)], "secret");
    const options = { waitMs: 1500, idempotencyKey: "k1" };
    expect(await client.startRun({ namespace: "shop", name: "order", version: "1.0.0" }, { id: 1 }, options)).toEqual(ended);
    expect(seen).toEqual([
      {
        method: "POST",
        url: "http://baton.test/v1/namespaces/shop/flows/order:run?version=1.0.0&wait=1500ms",
        headers: {
          accept: "application/json, text/event-stream",
          authorization: "Bearer secret",
          "content-type": "application/json",
          "idempotency-key": "k1",
        },
        body: '{"id":1}',
      },
    ]);
  });

  test("without a namespace the default one is meant; names are escaped", async () => {
    const { client, seen } = clientWith([() => Response.json({})]);
    await client.getFlow({ name: "a/b", version: "1.0.0" });
    await client.listRuns({ status: "faulted", pageSize: 2 });
    await client.commandRun("run_1", "cancel");
    expect(seen.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "GET http://baton.test/v1/flows/a%2Fb/versions/1.0.0",
      "GET http://baton.test/v1/runs?status=faulted&pageSize=2",
      "POST http://baton.test/v1/runs/run_1:cancel",
    ]);
  });
});

describe("errors", () => {
  test("a problem document is thrown with its code, status and hint", async () => {
    const problem = problemOf(apiError("authentication-required"));
    const { client } = clientWith([() => Response.json(problem, { status: 401 })]);
    const error = await client.getRun("run_1").catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ code: "authentication-required", status: 401, next: problem.hint, retryable: false });
  });

  test("an answer that is not Baton's is told apart", async () => {
    const { client } = clientWith([() => new Response("<h1>nginx</h1>", { status: 502 })]);
    await expect(client.getRun("run_1")).rejects.toMatchObject({
      code: "server-unreachable",
      message: expect.stringContaining("<h1>nginx</h1>"),
    });
  });

  test("no answer is server-unreachable, with the cause", async () => {
    const refused = (): Response => {
      throw new TypeError("fetch failed", { cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }) });
    };
    const { client } = clientWith([refused]);
    await expect(client.getRun("run_1")).rejects.toMatchObject({
      code: "server-unreachable",
      message: "The server at http://baton.test does not answer (ECONNREFUSED).",
      retryable: true,
    });
  });
});

describe("watch", () => {
  const snapshot = formatEvent("snapshot", JSON.stringify(run), "1");
  const patch = formatEvent(
    "patch",
    '[{"op":"replace","path":"/status","value":"completed"},{"op":"replace","path":"/output","value":7}]',
    "2",
  );
  const stream = (text: string) => () => new Response(text);

  test("gives every state until the end", async () => {
    const { client } = clientWith([stream(snapshot + patch + formatEvent("end", "{}", "2"))]);
    expect(await Array.fromAsync(client.watchRun("run_1"))).toEqual([run, ended]);
  });

  test("takes a broken stream up again after the last event seen", async () => {
    const refused = (): Response => {
      throw new TypeError("fetch failed");
    };
    const { client, seen } = clientWith([stream(snapshot), refused, stream(patch + formatEvent("end", "{}", "2"))]);
    expect(await Array.fromAsync(client.watchRun("run_1"))).toEqual([run, ended]);
    expect(seen.map((request) => request.headers["last-event-id"])).toEqual([undefined, "1", "1"]);
  });

  test("ends without a word where the last event was seen", async () => {
    const { client } = clientWith([stream(snapshot), () => new Response(null, { status: 204 })]);
    expect(await Array.fromAsync(client.watchRun("run_1"))).toEqual([run]);
  });

  test("a run that is not there is an error at once", async () => {
    const { client } = clientWith([() => Response.json(problemOf(apiError("route-unknown")), { status: 404 })]);
    await expect(Array.fromAsync(client.watchRun("run_9"))).rejects.toMatchObject({ status: 404 });
  });
});

test("what no server would take is not sent", async () => {
  const { client, seen } = clientWith([() => new Response("{}")]);
  await expect(client.submitJobs({ command: ["true"], payload: "x".repeat(maxBodyBytes) })).rejects.toMatchObject({
    code: "body-too-large",
    message: "The request has 4 MiB, 33 B more than the 4 MiB that are taken at a time.",
  });
  expect(seen).toEqual([]);
});
