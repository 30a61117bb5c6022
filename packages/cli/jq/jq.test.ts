import { describe, expect, test } from "vitest";
import { runJq } from "./run.ts";
import { parseTests, runTestFile } from "./test-file.ts";

async function jq(argv: readonly string[], stdin = ""): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runJq(argv, { stdin: () => stdin, out: (text) => (out += text), err: (text) => (err += text) });
  return { code, out, err };
}

describe("results", () => {
  test("pretty, compact, raw, joined, indented, sorted", async () => {
    expect((await jq([".", "-i", '{"b":1,"a":[]}'])).out).toBe('{\n  "b": 1,\n  "a": []\n}\n');
    expect((await jq([".", "-c", "-i", '{"b":[1,2]}'])).out).toBe('{"b":[1,2]}\n');
    expect((await jq(["-r", ".[]", "-i", '["a b",1]'])).out).toBe("a b\n1\n");
    expect((await jq(["-j", ".[]", "-i", '["a",1]'])).out).toBe("a1");
    expect((await jq(["--tab", ".", "-i", "[1]"])).out).toBe("[\n\t1\n]\n");
    expect((await jq(["-cS", ".", "-i", '{"b":1,"a":2}'])).out).toBe('{"a":2,"b":1}\n');
    expect((await jq(["-ca", ".", "-i", '"é😀"'])).out).toBe('"\\u00e9\\ud83d\\ude00"\n');
  });

  test("numbers keep their digits", async () => {
    expect((await jq([".[]", "-i", "[100000000000000000001, 1.000]"])).out).toBe("100000000000000000001\n1.000\n");
    expect((await jq([". + 1", "-i", "100000000000000000000000"])).out).toBe("1e+23\n");
  });

  test("inputs: standard input, several, slurped, raw, none", async () => {
    expect((await jq([". + 1"], "1 2")).out).toBe("2\n3\n");
    expect((await jq(["-c", "-s", "."], "1 2")).out).toBe("[1,2]\n");
    expect((await jq(["-R", "length"], "ab\nc\n")).out).toBe("2\n1\n");
    expect((await jq(["-n", "."])).out).toBe("null\n");
  });

  test("variables", async () => {
    const { out } = await jq(["-nc", "[$a, $b, $ARGS.named.a]", "--arg", "a", "1", "--argjson", "b", '{"x":2}']);
    expect(out).toBe('["1",{"x":2},"1"]\n');
  });
});

describe("exit codes", () => {
  test.each([
    [["-n", "1"], "", 0],
    [["-ne", "null"], "", 1],
    [["-ne", "empty"], "", 4],
    [["."], "[1", 2],
    [["-n", "1 +"], "", 3],
    [["-n", "error(1)"], "", 5],
    [["-n", '"bye\\n" | halt_error'], "", 5],
    [["-n", "halt_error(7)"], "", 7],
    [["-n", "halt"], "", 0],
    [["--nul-input", "."], "", 2],
    [["-n"], "", 2],
    [[".", "-i", "@/no/such/file"], "", 2],
  ])("%j", async (argv, stdin, code) => {
    expect((await jq(argv, stdin)).code).toBe(code);
  });

  test("errors go on with the next input", async () => {
    const { code, out, err } = await jq(["-c", ".a"], '[1] {"a":2}');
    expect({ code, out }).toEqual({ code: 5, out: "2\n" });
    expect(err).toContain('Cannot index array with string "a"');
  });
});

describe("messages", () => {
  test("a program that does not compile is shown with carets and a hint", async () => {
    const { err } = await jq(["-n", "1 + lenght"]);
    expect(err).toBe("baton jq: lenght/0 is not defined\n  1 | 1 + lenght\n          ^^^^^^\n      Did you mean length?\n");
  });

  test("debug and stderr", async () => {
    expect((await jq(["-n", '[1] | debug | "x" | stderr | empty'])).err).toBe('["DEBUG:",[1]]\nx');
  });

  test("an unknown option gets the nearest one", async () => {
    expect((await jq(["--nul-input", "."])).err).toContain("did you mean --null-input?");
  });
});

describe("test files", () => {
  const file = '# comment\n.a\n{"a":1}\n1\n\n.[]\n[1,2]\n1\n3\n\n%%FAIL\n1 +\njq: error: syntax error\n\n%%FAIL IGNORE MSG\n1\n';

  test("cases are found with their lines", () => {
    expect(parseTests(file).map(({ line, mustFail }) => [line, mustFail])).toEqual([
      [2, false],
      [6, false],
      [12, true],
      [16, true],
    ]);
  });

  test("the report counts and names what failed", () => {
    let out = "";
    expect(runTestFile(file, (text) => (out += text))).toEqual({ passed: 2, failed: 2 });
    expect(out).toBe("line 6: .[]\n  expected 3, but got 2\nline 16: 1\n  compiles, but should not\n2 passed, 2 failed\n");
  });
});
