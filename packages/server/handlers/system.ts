// What is asked of the server itself.
import { openApiDocument } from "@baton/api";
import type { Handler } from "../exchange.ts";

/** GET /livez */
export const live: Handler = () => ({ status: 200, value: { status: "ok" } });

/** GET /readyz */
export const ready: Handler = (_, { state }) => ({ status: state() === "ok" ? 200 : 503, value: { status: state() } });

/** GET /metrics */
export const metrics: Handler = (_, services) => ({
  status: 200,
  text: { type: "text/plain; version=0.0.4; charset=utf-8", content: services.metrics() },
});

/** GET /openapi.json */
export const openapi: Handler = (_, { version }) => ({ status: 200, value: openApiDocument(version) });
