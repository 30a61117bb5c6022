// `call: http`. The client behind it is loaded with the first call: whoever makes none pays nothing for it.
import { assert } from "@baton/core";
import type { Executor } from "../port.ts";
import type { HttpClient, HttpExecutorOptions } from "./client.ts";

/** The executor of HTTP calls. */
export function createHttpExecutor(options: HttpExecutorOptions = {}): Executor {
  let client: Promise<HttpClient> | undefined;
  const open = async (): Promise<HttpClient> => (await import("./client.ts")).openClient(options);
  return {
    kinds: ["http"],
    perform: async (work, context) => {
      assert(work.kind === "http", `Expected HTTP work, but got ${work.kind}.`);
      client ??= open();
      return (await client).call(work, context);
    },
    close: async () => (await client)?.close(),
  };
}
