// Numbers for people: four significant digits, times in the unit that suits them. Files for machines never use these.

const significant = 4;

/** A number in at most four significant digits, without an exponent below a quadrillion. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "-";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return grouped(String(value));
  const digits = Math.max(0, significant - 1 - Math.floor(Math.log10(Math.abs(value))));
  return grouped(value.toFixed(Math.min(digits, 6)));
}

/** A share as a percentage with one decimal. */
export function formatPercent(share: number): string {
  return Number.isFinite(share) ? `${(share * 100).toFixed(1)} %` : "-";
}

/** A span of seconds in seconds, minutes, hours or days. */
export function formatSpan(seconds: number): string {
  if (!Number.isFinite(seconds)) return "-";
  const magnitude = Math.abs(seconds);
  if (magnitude === 0) return "0 s";
  if (magnitude < 1) return `${formatNumber(seconds * 1000)} ms`;
  if (magnitude < 120) return `${threeDigits(seconds)} s`;
  if (magnitude < 7200) return `${threeDigits(seconds / 60)} min`;
  return magnitude < 172_800 ? `${threeDigits(seconds / 3600)} h` : `${threeDigits(seconds / 86_400)} d`;
}

function threeDigits(value: number): string {
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return grouped(value.toFixed(digits));
}

/** Thin groups of three in the whole part. */
function grouped(text: string): string {
  const [whole = "", fraction] = text.split(".");
  const groups = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return fraction === undefined ? groups : `${groups}.${fraction}`;
}
