// What a compilation has and wants of external resources (resources.ts).
import type { AuthenticationTemplate } from "./ir.ts";

/** A resource as it was fetched, or why it was not. */
export type FetchedResource =
  | { readonly ok: true; readonly text: string; /** What to tell whoever registers the document. */ readonly warning?: string }
  | { readonly ok: false; readonly detail: string };

/** A resource that a document needs; its authentication holds constants or names a secret. */
export interface ResourceNeed {
  readonly uri: string;
  readonly authentication?: AuthenticationTemplate;
}

/** What is there, by address, and what is missing. */
export interface ResourceDesk {
  readonly fetched: ReadonlyMap<string, FetchedResource>;
  readonly needs: Map<string, ResourceNeed>;
}
