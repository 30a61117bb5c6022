// The names under which the suite's tests are run and found in a report.
import type { Part } from "./sections.ts";

/** The name of the group of tests that belongs to a section. */
export function groupName(part: Part["title"], { text, title }: Part["sections"][number]): string {
  return `${part} › ${text}, ${title}`;
}
