// What the guide shows is what its commands print and draw.
import { expect, test } from "vitest";
import { missingLog, outputOf, shownCommands } from "./guide.ts";
import { makePlots, stalePlots } from "./plots.ts";

const shown = shownCommands();

test("there are commands to check", () => {
  expect(shown.length).toBeGreaterThan(10);
});

for (const { page, command, output } of shown) {
  const log = missingLog(command);
  test.skipIf(log !== undefined)(
    `${page}: ${command}${log === undefined ? "" : ` (needs ../shared/data/swf/${log})`}`,
    { timeout: 120_000 },
    () => {
      expect(outputOf(command)).toBe(output);
    },
  );
}

test("the plots are what their commands make", () => {
  expect(stalePlots(makePlots())).toEqual([]);
});
