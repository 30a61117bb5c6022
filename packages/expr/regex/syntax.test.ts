// What each construct matches. The expectations were checked against Oniguruma.

import { expect, test } from "vitest";
import { describeMatch } from "./testing.ts";

type Row = readonly [pattern: string, flags: string, text: string, match: string];

function table(name: string, rows: readonly Row[]): void {
  test.each(rows)(`${name}: %j with %j in %j gives %j`, (pattern, flags, text, match) => {
    expect(describeMatch(pattern, flags, text)).toBe(match);
  });
}

table("characters", [
  ["b", "", "abc", "1:b"],
  ["\\t\\n\\r\\f\\a\\e", "", "\t\n\r\f\u0007\u001b", "0:\t\n\r\f\u0007\u001b"],
  ["\\x41\\x{42 43}\\104\\o{105}", "", "ABCDE", "0:ABCDE"],
  ["\\xc3\\xa9", "", "é", "0:é"],
  ["\\ca\\c?", "", "\u0001\u007f", "0:\u0001\u007f"],
  ["\\x{1F600}", "", "a😀", "1:😀"],
  ["\\x{110000}", "", "a", "none"],
  ["\\Qa.*\\E+", "", "a.**", "0:a.**"],
  ["\\v\\h\\u0041", "", "vhu0041", "0:vhu0041"],
  ["a{,3}b{1,c{}", "", "a{,3}b{1,c{}", "0:a{,3}b{1,c{}"],
  ["\\08", "", "\u00008", "0:\u00008"],
  ["]-}", "", "]-}", "0:]-}"],
]);

table("types", [
  ["\\w+", "", "-aé_1-", "1:aé_1"],
  ["\\W+\\S\\D", "", "a--bc", "1:--bc"],
  ["\\d+\\s", "", "a12٣ ", "1:12٣ "],
  ["\\R", "", "a\r\n", "1:\r\n"],
  ["\\R\\n", "", "\r\n", "none"],
  ["\\X\\X", "", "e\u0301\r\nx", "0:e\u0301\r\n"],
  ["\\N\\O", "", "\n\na\n", "2:a\n"],
  ["\\p{Greek}\\p{^Lu}\\P{L}", "", "αb1", "0:αb1"],
  ["\\p{l u}\\p{Decimal_Number}", "", "xA5", "1:A5"],
  ["\\p{oldItalic}", "", "\u{10300}", "0:\u{10300}"],
]);

table("classes", [
  ["[a-c]+", "", "xabcd", "1:abc"],
  ["[^a-c]+", "", "abxyc", "2:xy"],
  ["[]a]+", "", "x]a", "1:]a"],
  ["[a-]+[+--]", "", "-a,", "0:-a,"],
  ["[\\d\\-x]+", "", "a1-x", "1:1-x"],
  ["[[:alpha:][:^space:]]", "", " é", "1:é"],
  ["[a[b]]", "", "b]", "0:b]"],
  ["[a-z&&[^b]]", "", "&]", "0:&]"],
  ["[[:alph]+", "", ":[a", "0::[a"],
  ["[\\x{41-43 45}]+", "", "DABCE", "1:ABCE"],
  ["[a b]", "x", " ", "0: "],
  ["[😀-😂]", "", "a😁", "1:😁"],
  ["[\\b\\Q]+", "", "\bQ", "0:\bQ"],
]);

table("anchors", [
  ["^b", "", "a\nb", "none"],
  ["(?m)^b", "", "a\nb", "2:b"],
  ["a$", "", "a\n", "0:a"],
  ["a$", "", "a\nb", "none"],
  ["(?m)a$", "", "a\nb", "0:a"],
  ["(?m)^", "", "\n", "0:"],
  ["a\\z", "", "a\n", "none"],
  ["a\\Z", "", "a\n", "0:a"],
  ["\\Ga", "", "ba", "none"],
  ["\\bb\\B.", "", "ab bc", "3:bc"],
  ["a\\Kb", "", "ab", "1:b"],
]);

table("options", [
  ["a.c", "", "a\nc", "none"],
  ["a.c", "s", "a\nc", "none"],
  ["a.c", "p", "a\nc", "0:a\nc"],
  ["(?s)a.c", "", "a\nc", "0:a\nc"],
  ["a(?i)b|c", "", "C", "0:C"],
  ["(?:a(?i)b)c", "", "aBC", "none"],
  ["(?i:a)b", "", "AB", "none"],
  ["(?i-i:a)", "", "A", "none"],
  ["a b # c\n+", "x", "abb", "0:abb"],
  ["a\\ b", "x", "a b", "0:a b"],
  ["a(?#any)*", "", "aa", "0:aa"],
  ["a|ab|abc", "l", "abcd", "0:abc"],
  ["a|bcd", "l", "abcd", "1:bcd"],
  ["a*?", "n", "baa", "1:a"],
  ["a*", "ln", "b", "none"],
]);

table("ignoring case", [
  ["straße", "i", "STRASSE", "0:STRASSE"],
  ["STRASSE", "i", "straße", "0:straße"],
  ["k", "i", "\u212a", "0:\u212a"],
  ["σ", "i", "ς", "0:ς"],
  ["i", "i", "İ", "none"],
  ["fi", "i", "ﬁ", "0:ﬁ"],
  ["[^a]", "i", "A", "none"],
  ["[[:upper:]]", "i", "a", "0:a"],
  ["\\p{Lu}", "i", "a", "none"],
  ["[ß]+", "i", "ssß", "0:ssß"],
  ["(a)\\1", "i", "aA", "0:aA 0:a"],
  ["(?<=ss)a", "i", "ßa", "none"],
]);

table("repetition", [
  ["a{2}b{1,2}c{0,}", "", "aabbc", "0:aabbc"],
  ["a+?", "", "aa", "0:a"],
  ["a{1,2}?b", "", "aab", "0:aab"],
  ["a++a", "", "aa", "none"],
  ["a{1,3}+a", "", "aaa", "none"],
  ["(a*)*", "", "b", "0: 0:"],
  ["(a|b)*?c", "", "abc", "0:abc 1:b"],
  ["(?:x(a)?)*", "", "xax", "0:xax 1:a"],
  ["(?:()|())*\\1\\2", "", "", "0: 0: 0:"],
  ["(a?){2,3}b", "", "ab", "0:ab 1:"],
  ["(?:a+?)+", "", "aa", "0:aa"],
  ["(?:a{2}){3}", "", "aaaaaaa", "0:aaaaaa"],
  ["(a){0}b", "", "b", "0:b -"],
  ["x*y{2,}?z", "", "xxyyyz", "0:xxyyyz"],
  [".*b", "", "abcbc", "0:abcb"],
  ["[^,]*,", "", "ab,c", "0:ab,"],
]);

table("groups", [
  ["(a|ab)(c|bcd)(d*)", "", "abcd", "0:abcd 0:a 1:bcd 4:"],
  ["(?<x>a)(b)", "", "ab", "0:ab 0:a 1:b"],
  ["(?'x'a)\\k'x'", "", "aa", "0:aa 0:a"],
  ["(?>a|ab)c", "", "abc", "none"],
  ["a(?=b)", "", "acab", "2:a"],
  ["a(?!c)", "", "acab", "2:a"],
  ["(?=(a))ab", "", "ab", "0:ab 0:a"],
  ["(?<=a)b", "", "bab", "2:b"],
  ["(?<!a)b", "", "abb", "2:b"],
  ["(?<=a+)b", "", "aab", "2:b"],
  ["(?<=x?)b", "", "b", "0:b"],
  ["(?<=\u{1f600}.)b", "", "\u{1f600}ab", "3:b"],
]);

table("references", [
  ["(a)(b)?\\1", "", "aba", "0:aba 0:a 1:b"],
  ["(a)?\\1b", "", "b", "none"],
  ["(?<n>a)(?<n>b)\\k<n>", "", "abb", "0:abb 0:a 1:b"],
  ["(?<n>a)(?<n>b)\\k<n>", "", "aba", "0:aba 0:a 1:b"],
  ["(a)\\k<-1>", "", "aa", "0:aa 0:a"],
  ["^(a|b\\1)+$", "", "aba", "none"],
  ["(a)(b)(c)(d)(e)(f)(g)(h)(i)(j)\\10", "", "abcdefghijj", "0:abcdefghijj 0:a 1:b 2:c 3:d 4:e 5:f 6:g 7:h 8:i 9:j"],
  ["(a)?(?(1)b|c)", "", "ab", "0:ab 0:a"],
  ["(a)?(?(1)b|c)", "", "c", "0:c -"],
  ["(?(a*)b|c)", "", "aab", "0:aab"],
  ["(?<n>a)?(?(<n>)b)", "", "b", "0: -"],
  ["(?(1))(a)", "", "a", "none"],
]);

table("calls", [
  ["(\\((?:[^()]|\\g<1>)*\\))", "", "x(a(b)c)", "1:(a(b)c) 1:(a(b)c)"],
  ["a\\g<0>?b", "", "xaabb", "1:aabb"],
  ["(?<a>x){0}\\g<a>", "", "x", "0:x 0:x"],
  ["\\g<+1>(a)(?1)(?-1)", "", "aaaa", "0:aaaa 3:a"],
  ["(?&n)(?<n>a)", "", "aa", "0:aa 1:a"],
  [
    "^(\\(\\g<1>?\\))$",
    "",
    `${"(".repeat(20)}${")".repeat(20)}`,
    `0:${"(".repeat(20)}${")".repeat(20)} 0:${"(".repeat(20)}${")".repeat(20)}`,
  ],
  ["^(\\(\\g<1>?\\))$", "", `${"(".repeat(21)}${")".repeat(21)}`, "none"],
  ["(a\\g<1>?b)|c", "", "aabb", "0:aabb 0:aabb"],
]);
