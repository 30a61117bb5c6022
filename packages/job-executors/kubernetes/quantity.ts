// Amounts as Kubernetes writes them: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/.

const factors: { readonly [suffix: string]: number } = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** The number of an amount; 0 for what is none, as a server never sends it. */
export function readQuantity(text: string | number | undefined): number {
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([numkMGTPE]|[KMGTPE]i)?)$/.exec(String(text ?? ""));
  if (match === null) return 0;
  const [, digits = "", exponent, suffix = ""] = match;
  return exponent === undefined ? Number(digits) * (factors[suffix] ?? 0) : Number(digits + exponent);
}

/** The same in thousandths, for processors. */
export function readMillis(text: string | number | undefined): number {
  return millis(readQuantity(text));
}

/** Thousandths, rounded up so that nothing asked for is forgotten, but not for what floating point makes of a number. */
export function millis(amount: number): number {
  return Math.ceil(Number((amount * 1000).toFixed(6)));
}
