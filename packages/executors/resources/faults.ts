// What can go wrong with an external resource: addresses are shown without query and credentials.
import { err, type Result } from "@baton/core";
import type { WorkFault } from "@baton/engine";

/** The address without what may be secret in it. */
export function shownUri(uri: string): string {
  return uri.replace(/\/\/[^/@]*@/, "//").replace(/[?#].*$/s, "");
}

/** The resource cannot be had now, or not by this server. */
export function unavailable(status: number, detail: string): Result<never, WorkFault> {
  return err({ kind: "communication", status, title: "Resource not available", detail });
}

/** Whoever wrote the address, or runs this server, has to change something. */
export function refused(detail: string): Result<never, WorkFault> {
  return err({ kind: "configuration", status: 400, title: "Resource not allowed", detail });
}
