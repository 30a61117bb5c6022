// `call: openapi`: fetches the document, finds the operation, and makes the HTTP call that it describes.
import { assert } from "@baton/core";
import type { OpenApiWork, WorkOutcome } from "@baton/engine";
import type { HttpClient, HttpExecutorOptions } from "../http/client.ts";
import type { Executor, WorkContext } from "../port.ts";
import type { ResourceLoader } from "../resources/port.ts";

/** The executor of OpenAPI calls; the loader belongs to whoever made it. */
export function createOpenApiExecutor(loader: ResourceLoader, options: HttpExecutorOptions = {}): Executor {
  let client: Promise<HttpClient> | undefined;
  const open = async (): Promise<HttpClient> => (await import("../http/client.ts")).openClient(options);
  return {
    kinds: ["openapi"],
    perform: async (work, context) => {
      assert(work.kind === "openapi", `Expected an OpenAPI call, but got ${work.kind}.`);
      client ??= open();
      return perform(await client, loader, work, context);
    },
    close: async () => (await client)?.close(),
  };
}

async function perform(client: HttpClient, loader: ResourceLoader, work: OpenApiWork, context: WorkContext): Promise<WorkOutcome> {
  const [{ Documents }, { Unusable }, { requestFor }] = await Promise.all([
    import("./document.ts"),
    import("./fault.ts"),
    import("./request.ts"),
  ]);
  try {
    const request = await requestFor(new Documents(loader, work.document, context.signal), work);
    return await client.call(request, context);
  } catch (error) {
    if (error instanceof Unusable) return { ok: false, fault: error.fault };
    throw error;
  }
}
