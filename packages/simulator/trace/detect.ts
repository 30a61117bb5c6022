// Tells the format of a trace by its beginning.
import { isHistoryHeader } from "../history/history.ts";
import { isRecordingHeader } from "../recording/recording.ts";

/** The formats that can be read. */
export type TraceFormat = "swf" | "history" | "recording" | "wfformat" | "stg" | "psplib";

/** All formats, for messages. */
export const traceFormats: readonly TraceFormat[] = ["swf", "history", "recording", "wfformat", "stg", "psplib"];

/** How much of a file is enough to tell. */
export const detectionLength = 65_536;

const swfFields = 18;

/** The format of the file that begins with `head`, or undefined. */
export function detectFormat(head: string): TraceFormat | undefined {
  const lines = head.split("\n").map((line) => line.trim());
  const first = lines.find((line) => line !== "") ?? "";
  if (first.startsWith("{")) return isHistoryHeader(first) ? "history" : isRecordingHeader(first) ? "recording" : "wfformat";
  if (first.startsWith(";")) return "swf";
  if (head.includes("PRECEDENCE RELATIONS")) return "psplib";
  const words = first.split(/\s+/);
  if (words.length === swfFields && words.every((word) => /^-?[\d.]+$/.test(word))) return "swf";
  return words.length === 1 && /^\d+$/.test(first) ? "stg" : undefined;
}
