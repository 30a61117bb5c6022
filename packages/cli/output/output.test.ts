import type { RunView, StepView } from "@baton/engine";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { formatAmount } from "./amounts.ts";
import { lineProgress, treeProgress } from "./progress.ts";
import { formatSpan, styleFor, wantsColor } from "./style.ts";
import { formatRows, type Column } from "./table.ts";
import { renderTree } from "./tree.ts";

const plain = styleFor(false);

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

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

test("what is undone stands below what it undoes, and the run says how far that is", () => {
  const undo = "/do/0/book/metadata/baton/compensate";
  const steps = [step("book", "/do/0/book"), step("compensate book", undo, { compensates: 1 }), step("unbook", `${undo}/0/unbook`)];
  const lines = (more: Partial<RunView>): string[] => renderTree(run(steps, more), 0, plain).slice(1);
  expect(lines({ compensated: true, endedAt: "2026-01-01T00:00:01.000Z" })).toEqual([
    "  ✔ book  set, 12 ms",
    "    ✔ compensate book  set, 12 ms",
    "      ✔ unbook  set, 12 ms",
    "compensation: undone",
  ]);
  expect(lines({ compensated: false }).at(-1)).toBe("compensation: being undone");
  expect(lines({ compensated: false, endedAt: "2026-01-01T00:00:01.000Z", incident: "It failed." }).slice(-2)).toEqual([
    "compensation: not all undone",
    "incident: It failed.",
  ]);
});

test("branches that run side by side and a loop's rounds each keep what is theirs", () => {
  const view = run([
    step("both", "/do/0/both", { kind: "fork" }),
    step("left", "/do/0/both/fork/branches/0/left", { kind: "for" }),
    step("right", "/do/0/both/fork/branches/1/right", { kind: "try" }),
    step("one", "/do/0/both/fork/branches/0/left/do/0/one", { kind: "do" }),
    step("ask", "/do/0/both/fork/branches/1/right/try/0/ask"),
    step("leaf", "/do/0/both/fork/branches/0/left/do/0/one/do/0/leaf"),
    step("one", "/do/0/both/fork/branches/0/left/do/0/one", { kind: "do" }),
    step("ask", "/do/0/both/fork/branches/1/right/try/0/ask", { attempt: 2 }),
    step("leaf", "/do/0/both/fork/branches/0/left/do/0/one/do/0/leaf"),
  ]);
  expect(renderTree(view, 0, plain).slice(1)).toEqual([
    "  ✔ both  fork, 12 ms",
    "    ✔ left  for, 12 ms",
    "      ✔ one  do, 12 ms",
    "        ✔ leaf  set, 12 ms",
    "      ✔ one  do, 12 ms",
    "        ✔ leaf  set, 12 ms",
    "    ✔ right  try, 12 ms",
    "      ✔ ask  set, 12 ms",
    "      ✔ ask  set, 12 ms, attempt 2",
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

test.each([
  ["first", "  ✔ first  set,…"],
  ["日本語のステップ", "  ✔ 日本語のス…"],
])("a narrow terminal cuts the step %s instead of wrapping it, until the run has ended", (name, cut) => {
  let written = "";
  const progress = treeProgress({ columns: 16, rows: 24, write: (text: string) => (written = text) }, plain);
  progress.update(run([step(name, `/do/0/${name}`)]));
  vi.advanceTimersByTime(150);
  expect(written).toContain(cut);
  progress.end();
  expect(written).toContain(`  ✔ ${name}  set, 12 ms\n`);
});

test("what a service answered cannot write over the screen", () => {
  const error = { type: "https://example.com/e", status: 500, title: "\u001b[2J", detail: "one\n\u001b[H two", instance: "/do/0/ask" };
  const view = run([step("ask", "/do/0/ask", { error })], { status: "faulted", error });
  expect(renderTree(view, 0, plain).join("\n")).not.toMatch(/\u001b/);
  expect(renderTree(view, 0, plain).slice(-3)).toEqual(["  why:   one", "\ufffd[H two", "  type:  https://example.com/e"]);
});

test("a step that ends together with its parts is told after them", () => {
  const lines: string[] = [];
  const progress = lineProgress((text) => lines.push(text), plain);
  const going = { status: "running", endedAt: null } as const;
  progress.update(run([step("both", "/do/0/both", going), step("b", "/do/0/both/fork/branches/0/b", going)]));
  progress.update(run([step("both", "/do/0/both"), step("b", "/do/0/both/fork/branches/0/b"), step("a", "/do/1/a", going)]));
  expect(lines.map((line) => line.trim().replace(/^.* ms /, ""))).toEqual([
    "▶ /do/0/both running",
    "▶ /do/0/both/fork/branches/0/b running",
    "✔ /do/0/both/fork/branches/0/b completed",
    "✔ /do/0/both completed",
    "▶ /do/1/a running",
  ]);
});

test("on a terminal, what does not fit is left out between the title and the last lines; at the end all of it stays", () => {
  let written = "";
  const progress = treeProgress({ write: (text: string) => (written = text), columns: 30, rows: 6 }, plain);
  progress.update(
    run(
      Array.from({ length: 9 }, (_, i) => step(`step${i}`, `/do/${i}/step${i}`)),
      { status: "completed" },
    ),
  );
  const shown = (): string[] => written.replaceAll(/\u001b\[\d*[AJKm]/g, "").split("\n");
  vi.advanceTimersByTime(150);
  expect(shown()).toEqual([
    "✔ shop/order 1.0.0  completed…",
    "  … 6 lines above",
    "  ✔ step6  set, 12 ms",
    "  ✔ step7  set, 12 ms",
    "  ✔ step8  set, 12 ms",
    "",
  ]);
  progress.end();
  expect(written.startsWith("\u001b[5A")).toBe(true);
  expect(shown()).toHaveLength(11);
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

test.each([
  ["cpu", 1500, "1.5"],
  ["gpu", 2, "2"],
  ["memory", 0, "0"],
  ["memory", 1536 * 1024, "1.5Mi"],
  ["disk", 64 * 1024 ** 3, "64Gi"],
])("%s of %d is written as %s", (name, amount, text) => {
  expect(formatAmount(name, amount)).toBe(text);
});

test("lines fit the terminal; wide ones are shown whole", () => {
  const columns: readonly Column<string>[] = [{ title: "WORD", of: (word) => word }];
  const narrow = styleFor(true, 8);
  const list = (format: "table" | "wide", style = narrow): string => formatRows(["a-long-word"], columns, format, style, (word) => word);
  expect(list("table")).toBe("\u001b[1mWORD\u001b[0m\na-long-…\n");
  expect(list("wide")).toContain("a-long-word\n");
  expect(list("table", plain)).toContain("a-long-word\n");
});
