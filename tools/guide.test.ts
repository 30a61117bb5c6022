// The guide to scheduling has a section for everything that a policy can name, and for nothing else; its links lead somewhere.
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { backfillNames, fairnessNames, learnerNames, orderNames, placementNames } from "@baton/scheduler";
import { expect, test } from "vitest";

const folder = fileURLToPath(new URL("../docs/guide/", import.meta.url));
const guide = readFileSync(`${folder}scheduling.md`, "utf8");

/** The names that have a section of their own in a chapter. */
function sectionsOf(chapter: string): string[] {
  const text = guide.split(/^## /m).find((part) => part.startsWith(`${chapter}\n`)) ?? "";
  return [...text.matchAll(/^### `([^`]+)`$/gm)].map(([, name = ""]) => name);
}

test.each([
  ["Orders", orderNames],
  ["Backfilling", backfillNames],
  ["Placement", placementNames],
  ["Fairness between queues", fairnessNames],
  ["Prediction", learnerNames],
])("%s: every name has its section, every section its name", (chapter, names) => {
  expect(sectionsOf(chapter).sort()).toEqual([...names].sort());
});

test("each order, placement, learner and kind of backfilling says when to use it and what it does badly", () => {
  const sections = guide.split(/^#{2,3} /m).filter((section) => section.startsWith("`") && !section.startsWith("`none`"));
  expect(sections.length).toBeGreaterThan(30);
  for (const section of sections) {
    expect(section).toMatch(/\*Use it\*/);
    expect(section.replaceAll("\n", " ")).toMatch(/\*What it does badly\*/);
  }
});

test("links and plots lead to what is there", () => {
  const anchors = new Set([...guide.matchAll(/^#{2,3} (.+)$/gm)].map(([, title = ""]) => anchorOf(title)));
  for (const [, target = ""] of guide.matchAll(/\]\(([^)\s]+)\)/g)) {
    if (target.startsWith("#")) expect(anchors).toContain(target.slice(1));
    else if (!target.startsWith("https:")) expect(existsSync(`${folder}${target}`), target).toBe(true);
  }
});

function anchorOf(title: string): string {
  return title
    .toLowerCase()
    .replace(/[^\w\s-]/g, "")
    .replace(/\s/g, "-");
}
