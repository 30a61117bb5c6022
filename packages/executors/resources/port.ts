// The port of external resources: documents, scripts and schemas that lie elsewhere (docs/internals/resources.md). Loading
// is an effect like any other: it happens in an executor or while a flow is registered, never in a decision.
import type { Result } from "@baton/core";
import type { ResourceRequest, WorkFault } from "@baton/engine";

/** A resource as it was last seen. The same object is given again as long as the resource has not changed. */
export interface Resource {
  /** Where it was found, redirections followed: relative references start from here. */
  readonly uri: string;
  readonly bytes: Uint8Array;
  /** As its server calls it. */
  readonly contentType: string | undefined;
}

/** Fetches resources. What the world does is a fault, never thrown. */
export interface ResourceLoader {
  load(request: ResourceRequest, signal: AbortSignal): Promise<Result<Resource, WorkFault>>;
  /** Ends what is under way. */
  close(): Promise<void>;
}
