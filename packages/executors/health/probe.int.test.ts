import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { networkProbe } from "./probe.ts";

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((request, response) => {
    response.statusCode = request.url === "/well" ? 204 : 503;
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

test("an answer is well or not, by its status", async () => {
  expect(await networkProbe.http("127.0.0.1", port, "/well", 60_000)).toBeNull();
  expect(await networkProbe.http("127.0.0.1", port, "/", 60_000)).toBe("/ answered 503");
  expect(await networkProbe.tcp("127.0.0.1", port, 60_000)).toBeNull();
});

test("what cannot be asked is told, and thrown at nobody", async () => {
  expect(await networkProbe.http("127.0.0.1", port, "/a b", 60_000)).toMatch(/unescaped/);
  expect(await networkProbe.http("a\nb", port, "/", 60_000)).toEqual(expect.any(String));
  expect(await networkProbe.tcp("127.0.0.1", 70_000, 60_000)).toMatch(/port/i);
});
