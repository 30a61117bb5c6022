import type { RunView, StepView } from "@baton/engine";
import { expect, test } from "vitest";
import { lineProgress, treeProgress } from "./progress.ts";
import { formatSpan, styleFor, wantsColor } from "./style.ts";
import { formatRows, type Column } from "./table.ts";
import { renderTree } from "./tree.ts";

const plain = styleFor(false);

function step(name: string, reference: string, more: Partial<StepView> = {}): StepView {
  return {
    name,
    reference,
    kind: "set",
    status: "completed",
    attempt: 1,
    input: null,
    output: null,
    error: null,
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: "2026-01-01T00:00:00.012Z",
    ...more,
  };
}

function run(steps: readonly StepView[], more: Partial<RunView> = {}): RunView {
  return {
    id: "run_1",
    workflow: { namespace: "shop", name: "order", version: "1.0.0" },
    status: "running",
    input: null,
    output: null,
    error: null,
    startedAt: "2026-01-01T00:00:00.000Z",
    endedAt: null,
    steps,
    ...more,
  };
}

test("a run is a tree: a step stands below the one that its reference begins with", () => {
  const error = { type: "https://example.com/busy", status: 503, title: "Busy", instance: "/do/1/charge/try/0/ask" };
  const view = run([
    step("first", "/do/0/first"),
    step("charge", "/do/1/charge", { kind: "try", status: "running", endedAt: null }),
    step("ask", "/do/1/charge/try/0/ask", { kind: "call", status: "faulted", error }),
    step("ask", "/do/1/charge/try/0/ask", {
      kind: "call",
      attempt: 2,
      status: "waiting",
      endedAt: null,
      waiting: { reason: "waiting.retry", until: "2026-01-01T00:00:03.000Z" },
    }),
    step("chargeLater", "/do/2/chargeLater", { status: "pending", endedAt: null }),
  ]);
  expect(renderTree(view, Date.parse("2026-01-01T00:00:02.000Z"), plain)).toEqual([
    "▶ shop/order 1.0.0  running  2.0 s  run_1",
    "  ✔ first  set, 12 ms",
    "  ▶ charge  try, 2.0 s",
    "    ✘ ask  call, 12 ms  503 Busy",
    "    … ask  call, 2.0 s, attempt 2, waiting.retry until 2026-01-01T00:00:03.000Z",
    "  · chargeLater  set, 2.0 s",
  ]);
});

test("a faulted run ends with its error in four parts", () => {
  const error = { type: "https://example.com/busy", status: 503, title: "Busy", detail: "come back later", instance: "/do/0/ask" };
  const lines = renderTree(run([], { status: "faulted", error, endedAt: "2026-01-01T00:00:01.000Z" }), 0, plain);
  expect(lines.slice(1)).toEqual([
    "error: Busy (503)",
    "  where: /do/0/ask",
    "  why:   come back later",
    "  type:  https://example.com/busy",
  ]);
});

test("lines are written when something changes, and only then", () => {
  const lines: string[] = [];
  const progress = lineProgress((text) => lines.push(text), plain);
  progress.update(run([step("a", "/do/0/a", { status: "running", endedAt: null })]));
  progress.update(run([step("a", "/do/0/a", { status: "running", endedAt: null })]));
  progress.update(run([step("a", "/do/0/a"), step("b", "/do/1/b", { status: "running", endedAt: null })]));
  expect(lines.map((line) => line.trim())).toEqual(["+0 ms ▶ /do/0/a running", "+12 ms ✔ /do/0/a completed", "+0 ms ▶ /do/1/b running"]);
});

test.each([
  { columns: 0, rows: 0 },
  { columns: 80, rows: 24 },
])("a terminal of %j shows the whole tree", (size) => {
  let written = "";
  const progress = treeProgress({ ...size, write: (text: string) => (written += text) }, plain);
  progress.update(run([step("first", "/do/0/first")], { status: "completed", endedAt: "2026-01-01T00:00:01.000Z" }));
  progress.end();
  expect(written).toContain("✔ shop/order 1.0.0  completed  1.0 s  run_1");
  expect(written).toContain("  ✔ first  set, 12 ms");
});

test("a narrow terminal cuts a line instead of wrapping it", () => {
  let written = "";
  const progress = treeProgress({ columns: 12, rows: 24, write: (text: string) => (written += text) }, plain);
  progress.update(run([]));
  progress.end();
  expect(written).toContain("▶ shop/orde…");
});

test("rows come aligned for people, and as data for programs", () => {
  const columns: Column<{ id: string; size: number }>[] = [
    { title: "ID", of: (row) => row.id },
    { title: "SIZE", of: (row) => String(row.size), wide: true },
  ];
  const rows = [
    { id: "a", size: 1 },
    { id: "longer", size: 22 },
  ];
  const print = (format: "table" | "wide" | "json" | "jsonl" | "yaml" | "ids"): string =>
    formatRows(rows, columns, format, plain, (row) => row.id);
  expect(print("table")).toBe("ID\na\nlonger\n");
  expect(print("wide")).toBe("ID      SIZE\na       1\nlonger  22\n");
  expect(print("ids")).toBe("a\nlonger\n");
  expect(print("jsonl")).toBe('{"id":"a","size":1}\n{"id":"longer","size":22}\n');
  expect(JSON.parse(print("json"))).toEqual(rows);
  expect(print("yaml")).toBe("- id: a\n  size: 1\n- id: longer\n  size: 22\n");
});

test("colour is for terminals, and NO_COLOR turns it off", () => {
  expect(wantsColor({ isTTY: true }, {})).toBe(true);
  expect(wantsColor({ isTTY: true }, { NO_COLOR: "1" })).toBe(false);
  expect(wantsColor({}, {})).toBe(false);
});

test.each([
  [0, "0 ms"],
  [999, "999 ms"],
  [1500, "1.5 s"],
  [59_000, "59 s"],
  [61_000, "1 min 1 s"],
  [3_660_000, "1 h 1 min"],
])("%d ms reads as %s", (ms, text) => expect(formatSpan(ms)).toBe(text));
