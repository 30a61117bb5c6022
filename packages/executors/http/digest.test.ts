// Against the examples of RFC 7616 (3.9.1) and RFC 2617 (3.5).
import { expect, test } from "vitest";
import { answerChallenge, parseChallenges, readChallenge } from "./digest.ts";

const mufasa = { username: "Mufasa", password: "Circle of Life" };
const request = { method: "GET", target: "/dir/index.html", body: "" };
const cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
const parameters = `realm="http-auth@example.org", qop="auth, auth-int", nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
  opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`;

function answer(header: string, count = 1, own: string = cnonce): string {
  const challenge = readChallenge(header);
  if (challenge === undefined) throw new Error("Expected a challenge.");
  return answerChallenge(challenge, mufasa, request, count, own);
}

test("answers the examples of RFC 7616", () => {
  const sha = answer(`Digest ${parameters}, algorithm=SHA-256`);
  expect(sha).toContain('response="753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"');
  expect(sha).toContain("algorithm=SHA-256, ");
  expect(sha).toContain("qop=auth, nc=00000001");
  expect(answer(`Digest ${parameters}, algorithm=MD5`)).toContain('response="8ca523f5e9506fed4657c9700eebdbec"');
});

test("answers the example of RFC 2617, which names no algorithm", () => {
  const challenge = readChallenge(
    'Digest realm="testrealm@host.com", qop="auth,auth-int", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093", opaque="5ccc069c403ebaf9f0171e9517f40e41"',
  );
  if (challenge === undefined) throw new Error("Expected a challenge.");
  const header = answerChallenge(challenge, { ...mufasa, password: "Circle Of Life" }, request, 1, "0a4f113b");
  expect(header).toContain('response="6629fae49393a05397450978507c4ef1"');
  expect(header).not.toContain("algorithm");
});

test("of several challenges the strongest is taken, and those that are not understood are left", () => {
  expect(
    readChallenge(`Basic realm="x", Digest ${parameters}, algorithm=MD5, Digest ${parameters}, algorithm=SHA-256`)?.algorithm.name,
  ).toBe("SHA-256");
  expect(readChallenge(`Digest ${parameters}, algorithm=SHA-999, Negotiate`)).toBeUndefined();
  expect(readChallenge('Digest realm="a", nonce="b", qop="later"')).toBeUndefined();
  expect(readChallenge('Bearer realm="a"')).toBeUndefined();
  expect(readChallenge(undefined)).toBeUndefined();
});

test("challenges are read with quotes, escapes and empty pieces", () => {
  expect(parseChallenges(String.raw`Digest realm="a \"b\", c",nonce=n , stale=TRUE, Basic realm=x`)).toEqual([
    {
      scheme: "Digest",
      parameters: new Map([
        ["realm", 'a "b", c'],
        ["nonce", "n"],
        ["stale", "TRUE"],
      ]),
    },
    { scheme: "Basic", parameters: new Map([["realm", "x"]]) },
  ]);
});

test("a user's name is hashed where the server wants it so, and written as UTF-8 where quotes cannot hold it", () => {
  expect(answer(`Digest ${parameters}, algorithm=SHA-256, userhash=true`)).toMatch(/username="[0-9a-f]{64}".*userhash=true$/);
  const challenge = readChallenge('Digest realm="r", nonce="n"');
  if (challenge === undefined) throw new Error("Expected a challenge.");
  const header = answerChallenge(challenge, { username: "Jäsøn", password: "p" }, request, 1);
  expect(header).toContain("username*=UTF-8''J%C3%A4s%C3%B8n");
  expect(header).not.toContain("cnonce");
});
