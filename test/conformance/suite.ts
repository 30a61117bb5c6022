// Makes a test of each sentence, named after its section.
import { describe, test } from "vitest";
import type { Part } from "./sections.ts";
import { groupName } from "./suite-name.ts";

/** Declares the tests of these parts. */
export function declare(parts: readonly Part[]): void {
  for (const part of parts) {
    for (const section of part.sections) {
      describe(groupName(part.title, section), () => {
        test.each(Object.entries(section.sentences))("%s", async (_, check) => {
          await check();
        });
      });
    }
  }
}
