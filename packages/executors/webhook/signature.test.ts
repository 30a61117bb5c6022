import { expect, test } from "vitest";
import { newSigningSecret, signatureHeaders, signatureProblem, signatureToleranceMs, signingKeyOf } from "./signature.ts";

const keyOf = (secret: string): Uint8Array => {
  const key = signingKeyOf(secret);
  if (key === null) throw new Error("expected a key");
  return key;
};

// The example that the reference implementations of Standard Webhooks test themselves with.
const published = {
  secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
  id: "msg_p5jXN8AQM9LWM0D4loKWxJek",
  at: 1_614_265_330_000,
  body: '{"test": 2432232314}',
  signature: "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
};

test("the published example has the published signature", () => {
  const { secret, id, at, body, signature } = published;
  const headers = signatureHeaders([keyOf(secret)], { id, at, body });
  expect(headers).toEqual({ "webhook-id": id, "webhook-timestamp": "1614265330", "webhook-signature": signature });
  expect(signatureProblem([keyOf(secret)], headers, body, at)).toBeNull();
});

test("while keys are exchanged, either of the two is enough", () => {
  const [older, newer] = [keyOf(newSigningSecret()), keyOf(newSigningSecret())];
  const message = { id: "a", at: 5_000, body: "{}" };
  const both = signatureHeaders([older, newer], message);
  expect(signatureProblem([older], both, "{}", 5_000)).toBeNull();
  expect(signatureProblem([newer], both, "{}", 5_000)).toBeNull();
  expect(signatureProblem([newer], signatureHeaders([older], message), "{}", 5_000)).toBe("forged");
});

test("a changed body, id or time, an old message, missing or broken headers are refused, each by its name", () => {
  const key = keyOf(newSigningSecret());
  const at = 1_000_000_000_000;
  const headers = signatureHeaders([key], { id: "a", at, body: "{}" });
  const problem = (changed: { readonly [header: string]: string | undefined }, body = "{}", now = at): string | null =>
    signatureProblem([key], { ...headers, ...changed }, body, now);
  expect(problem({})).toBeNull();
  expect(problem({}, "{ }")).toBe("forged");
  expect(problem({ "webhook-id": "b" })).toBe("forged");
  expect(problem({ "webhook-timestamp": String(at / 1000 + 1) })).toBe("forged");
  expect(problem({}, "{}", at + signatureToleranceMs + 1)).toBe("stale");
  expect(problem({}, "{}", at - signatureToleranceMs - 1)).toBe("stale");
  expect(problem({ "webhook-signature": undefined })).toBe("missing");
  expect(problem({ "webhook-timestamp": "soon" })).toBe("malformed");
  expect(problem({ "webhook-signature": "v2,abc" })).toBe("malformed");
  expect(problem({ "webhook-signature": "v1," })).toBe("forged");
});

test("a secret is base64 of 24 to 64 bytes, with or without its prefix", () => {
  expect(signingKeyOf(newSigningSecret())?.length).toBe(32);
  expect(signingKeyOf(published.secret.slice("whsec_".length))).toEqual(signingKeyOf(published.secret));
  for (const wrong of ["", "whsec_", "whsec_AAAA", "not base64!", `whsec_${"A".repeat(100)}`]) expect(signingKeyOf(wrong)).toBeNull();
});
