import { expect, test } from "vitest";
import { readSwf, type SwfLog, type SwfOptions } from "./swf.ts";

const header = "; Version: 2.2\n;   MaxNodes: 8\n; MaxProcs: 16\n";

function line(fields: { [number: number]: number | string }): string {
  const all: (number | string)[] = Array.from({ length: 18 }, () => -1);
  for (const [number, value] of Object.entries({ 1: 1, 2: 0, 4: 10, 5: 2, 8: 4, 9: 20, 12: 7, ...fields })) all[Number(number) - 1] = value;
  return all.join(" ");
}

function read(text: string, options: Partial<SwfOptions> = {}): SwfLog {
  const result = readSwf([text], { name: "log", ...options });
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
}

test("processors are the requested ones, the run is cut at the request, the user is the tenant", () => {
  const { workload, machine } = read(`${header}${line({ 4: 30 })}\n`);
  expect(machine).toBe(16);
  expect([...workload.run]).toEqual([20]);
  expect([...workload.request]).toEqual([20]);
  expect([...(workload.resources[0]?.amount ?? [])]).toEqual([4]);
  expect(workload.tenants).toEqual(["user-7"]);
  expect(workload.unitMs).toBe(1000);
});

test("jobs of users who are not known are those of one tenant", () => {
  expect(read(header + [line({ 12: -1 }), line({ 12: -1 }), line({ 12: 0 })].join("\n")).workload.tenants).toEqual([
    "user-unknown",
    "user-0",
  ]);
});

test("jobs come in the order of submission; those of one instant keep the order of the log", () => {
  const { workload } = read(header + [line({ 1: 9, 2: 5 }), line({ 1: 8, 2: 3 }), line({ 1: 7, 2: 5 })].join("\n"));
  expect(workload.ids).toEqual(["8", "9", "7"]);
  expect([...workload.submit]).toEqual([3, 5, 5]);
});

test("a text may come in pieces that are cut anywhere, with any blanks and line ends", () => {
  const text = `${header}\r\n  ${line({ 1: 1 }).replaceAll(" ", " \t ")} \r\n\n${line({ 1: 2, 6: 12.75 })}`;
  for (const size of [1, 2, 7, 1000]) {
    const chunks = Array.from({ length: Math.ceil(text.length / size) }, (_, i) => text.slice(i * size, (i + 1) * size));
    const result = readSwf(chunks, { name: "log" });
    expect(result.ok && result.value.workload.ids).toEqual(["1", "2"]);
  }
});

test("jobs that cannot be simulated are left out and counted by reason", () => {
  const log = read(
    header + [line({}), line({ 4: 0 }), line({ 9: -1 }), line({ 8: 17 }), line({ 8: 17 }), line({ 2: -3 }), line({ 8: -1 })].join("\n"),
  );
  expect(log.workload.count).toBe(1);
  expect(log.leftOut).toEqual([
    { reason: "it did not run", count: 1 },
    { reason: "it names no requested time", count: 1 },
    { reason: "it asks for more than the 16 processors of the machine", count: 2 },
    { reason: "it was submitted before the log begins", count: 1 },
    { reason: "it names no processors", count: 1 },
  ]);
});

test("of a job that was swapped out, the line for the whole counts, and not those for its parts", () => {
  const parts = [line({ 1: 5, 11: 1 }), line({ 1: 5, 11: 2, 4: 3 }), line({ 1: 5, 11: 3, 2: -1, 4: 7 }), line({ 1: 6, 11: 3 })];
  const log = read(header + parts.join("\n"));
  expect([...log.workload.run]).toEqual([10, 10]);
  expect(log.leftOut).toEqual([{ reason: "it is a part of a job that has a line for the whole", count: 2 }]);
});

test.each([
  ["; MaxProcs: 0\n; MaxNodes: 32 (of two processors)\n", 32],
  ["; MaxProcs: -1\n; MaxNodes: 32\n", 32],
  ["; MaxProcs: 1,152\n; MaxNodes: 144\n", 1152],
])("the machine of the header %j has its size", (text, size) => {
  expect(read(text + line({})).machine).toBe(size);
});

test("a header that makes the machine too large is told, unless the machine is given", () => {
  const text = `; MaxProcs: ${"9".repeat(20)}\n${line({})}`;
  const log = readSwf([text], { name: "log" });
  expect(log.ok ? [] : log.error.map(({ where, message }) => `${where}: ${message}`)).toEqual([
    "log: The header of the log has a machine of 100000000000000000000 processors; at most 1000000000 are simulated.",
  ]);
  expect(read(text, { machine: 20 }).machine).toBe(20);
});

test("the machine may be given, and the allocated processors taken where none were requested", () => {
  const text = header + [line({ 8: 17 }), line({ 8: -1 })].join("\n");
  const { workload, machine } = read(text, { machine: 20, processors: "either" });
  expect(machine).toBe(20);
  expect([...(workload.resources[0]?.amount ?? [])]).toEqual([17, 2]);
  expect([...(read(text, { processors: "allocated" }).workload.resources[0]?.amount ?? [])]).toEqual([2, 2]);
});

test.each([
  [line({ 4: "ten" }), "log: line 4, field 4 (run time)", '"ten" is not a number.'],
  [line({ 2: "1.2.3" }), "log: line 4, field 2 (submit time)", '"1.2.3" is not a number.'],
  [line({ 18: "-" }), "log: line 4, field 18 (think time)", '"-" is not a number.'],
  [line({ 8: 2.5 }), "log: line 4, field 8 (requested processors)", "2.5 is not a whole number."],
  [line({ 2: "1".repeat(15) }), "log: line 4, field 2 (submit time)", "111111111111111 is more than 100000000000 seconds."],
  [line({ 1: "1".repeat(20) }), "log: line 4, field 1 (job number)", "11111111111111110000 is too large."],
  ["1 2 3", "log: line 4", "The line has 3 fields, not 18: field 4 (run time) and what follows it are missing."],
  [`${line({})} 5`, "log: line 4", "The line has 19 fields, not 18: there are 1 too many."],
])("the malformed line %j is named with its field", (bad, where, message) => {
  const text = `${header}${bad}\n${line({})}\n`;
  const stopped = readSwf([text], { name: "log" });
  expect(!stopped.ok && stopped.error).toEqual([{ code: "trace-malformed", where, message }]);
  const skipped = read(text, { onMalformed: "skip" });
  expect([skipped.workload.count, skipped.skippedCount, skipped.skipped[0]?.where]).toEqual([1, 1, where]);
});

test("a line without an end, an empty log, a log of an unknown machine: each has its message", () => {
  const code = (chunks: string[]): string | undefined => {
    const result = readSwf(chunks, { name: "log" });
    return result.ok ? undefined : result.error[0]?.message;
  };
  expect(code(["1".repeat(20_000)])).toContain("longer than 10000 characters");
  expect(code([header])).toBe("The log has no jobs.");
  expect(code([header, line({ 4: 0 })])).toBe("Every job was left out: 1 because it did not run.");
  expect(code([line({})])).toBe("The size of the machine is not known.");
});
