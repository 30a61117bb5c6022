import { apiError } from "@baton/api";
import { expect, test } from "vitest";
import type { ApiAnswer, ApiRequest } from "../exchange.ts";
import { IdempotencyKeys } from "./idempotency.ts";

const base: ApiRequest = {
  operation: "cancelRun",
  method: "POST",
  caller: null,
  url: "/v1/runs/run_1:cancel",
  path: { id: "run_1" },
  text: () => "key",
  number: () => undefined,
  body: "",
  contentType: undefined,
  bytes: undefined,
  header: () => undefined,
  headerNames: () => [],
  signal: () => new AbortController().signal,
};

/** Performs requests and counts how often. */
function counting(): { keys: IdempotencyKeys; send: (request: ApiRequest) => Promise<ApiAnswer>; performed: () => number } {
  const keys = new IdempotencyKeys();
  let count = 0;
  const perform = async (): Promise<ApiAnswer> => ({ status: 200, value: { count: ++count } });
  return { keys, send: (request) => keys.answer(request, perform), performed: () => count };
}

test("the same request with the same key is performed once, and says so the second time", async () => {
  const { send, performed } = counting();
  const [first, second] = await Promise.all([send(base), send(base)]);
  expect(performed()).toBe(1);
  expect(first).toEqual({ status: 200, value: { count: 1 } });
  expect(second).toEqual({ status: 200, value: { count: 1 }, headers: { "idempotency-replayed": "true" } });
});

test("another address or body under the same key is refused", async () => {
  const { send, performed } = counting();
  await send(base);
  for (const other of [{ url: "/v1/runs/run_2:cancel" }, { body: "{}" }])
    await expect(send({ ...base, ...other })).rejects.toMatchObject({ code: "idempotency-key-reused" });
  expect(performed()).toBe(1);
});

test("without a key, and for other methods, every request is performed", async () => {
  const { send, performed } = counting();
  for (const more of [{ text: () => undefined }, { method: "PUT" }]) for (const _ of [1, 2]) await send({ ...base, ...more });
  expect(performed()).toBe(4);
});

test("what was refused leaves its key free", async () => {
  const { keys, send, performed } = counting();
  const refuse = (): Promise<ApiAnswer> => Promise.reject(apiError("run-unknown"));
  await expect(keys.answer(base, refuse)).rejects.toMatchObject({ code: "run-unknown" });
  await send({ ...base, body: "{}" });
  expect(performed()).toBe(1);
});

test("a start is answered anew each time (its key is kept with the run), but its key is taken", async () => {
  const { send, performed } = counting();
  const start: ApiRequest = { ...base, operation: "startRun", url: "/v1/flows/a:run?wait=1s" };
  for (const url of ["/v1/flows/a:run?wait=1s", "/v1/flows/a:run", "/v1/flows/a:run?wait=5s"]) await send({ ...start, url });
  expect(performed()).toBe(3);
  await expect(send(base)).rejects.toMatchObject({ code: "idempotency-key-reused" });
});
