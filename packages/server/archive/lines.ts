// A line of an archive's file.
import type { WorkflowReference } from "@baton/dsl";
import type { AttributeValue, RunSummary } from "@baton/storage";

/** The form of the lines; what reads them refuses a newer one. */
export const archiveVersion = 1;

/** A flow, and behind it its runs. */
export type ArchiveLine =
  | { readonly v: number; readonly flow: WorkflowReference; readonly source: string | null }
  | {
      readonly v: number;
      readonly run: RunSummary;
      readonly attributes: { readonly [name: string]: AttributeValue };
      readonly envelopes: readonly string[];
      /** The documents of what it was a run of before; absent: it had only one. */
      readonly former?: readonly string[];
    };
