// The formats that are checked (JSON Schema Validation 2020-12, section 7.3). They assert, in every dialect: whoever
// writes `format: email` means it. A format that is not listed here says nothing.
import { parseDuration } from "@baton/core";

/** Whether a text has the format; `what` is what the text must be. */
export interface FormatCheck {
  (text: string): boolean;
  readonly what: string;
}

const checks: { readonly [format: string]: { readonly what: string; readonly test: (text: string) => boolean } } = {
  "date-time": { what: "a date and time of RFC 3339, such as 2026-01-31T12:00:00Z", test: isDateTime },
  date: { what: "a date, such as 2026-01-31", test: isDate },
  time: { what: "a time of day with its offset, such as 12:00:00Z", test: isTime },
  duration: { what: "an ISO 8601 duration, such as PT5S", test: (text) => parseDuration(text).ok },
  email: { what: "an e-mail address", test: isEmail },
  hostname: { what: "a host name", test: isHostname },
  ipv4: { what: "an IPv4 address", test: isIpv4 },
  ipv6: { what: "an IPv6 address", test: isIpv6 },
  uri: { what: "a URI with a scheme", test: (text) => /^[a-z][a-z0-9+.-]*:/i.test(text) && isUriReference(text) },
  "uri-reference": { what: "a URI or a relative reference", test: isUriReference },
  uuid: { what: "a UUID", test: (text) => /^[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}$/i.test(text) },
  "json-pointer": { what: "a JSON Pointer", test: (text) => text === "" || (text.startsWith("/") && !/~(?![01])/.test(text)) },
};

/** The check of a format, if it has one. */
export function formatCheck(format: string): FormatCheck | undefined {
  const check = Object.hasOwn(checks, format) ? checks[format] : undefined;
  return check && Object.assign((text: string) => check.test(text), { what: check.what });
}

function isDate(text: string): boolean {
  const match = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const lastDay = new Date(Date.UTC(year % 400 || 400, month, 0)).getUTCDate();
  return month >= 1 && month <= 12 && day >= 1 && day <= (month === 2 && !isLeap(year) ? 28 : month === 2 ? 29 : lastDay);
}

function isLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

function isTime(text: string): boolean {
  const match = /^(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:[zZ]|([+-])(\d\d):(\d\d))$/.exec(text);
  if (match === null) return false;
  const [hour, minute, second] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const [offsetHour, offsetMinute] = [Number(match[5] ?? 0), Number(match[6] ?? 0)];
  if (hour > 23 || minute > 59 || offsetHour > 23 || offsetMinute > 59) return false;
  if (second < 60) return true;
  // A leap second ends a day of UTC.
  const offset = (match[4] === "-" ? 1 : -1) * (offsetHour * 60 + offsetMinute);
  return second === 60 && (hour * 60 + minute + offset + 2880) % 1440 === 1439;
}

function isDateTime(text: string): boolean {
  const split = text.search(/[tT]/);
  return split > 0 && isDate(text.slice(0, split)) && isTime(text.slice(split + 1));
}

function isEmail(text: string): boolean {
  const at = text.lastIndexOf("@");
  return at > 0 && /^[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*$/.test(text.slice(0, at)) && isHostname(text.slice(at + 1));
}

function isHostname(text: string): boolean {
  return text.length <= 253 && text.split(".").every((label) => /^[a-z\d](?:[a-z\d-]{0,61}[a-z\d])?$/i.test(label));
}

function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

function isIpv6(text: string): boolean {
  const [head, tail, more] = text.split("::");
  if (head === undefined || more !== undefined) return false;
  const groups = groupsOf(head, tail === undefined) + (tail === undefined ? 0 : groupsOf(tail, true));
  return tail === undefined ? groups === 8 : groups <= 7;
}

/** How many groups of 16 bits a part of an address holds; far too many where it is malformed. */
function groupsOf(part: string, last: boolean): number {
  if (part === "") return 0;
  const groups = part.split(":");
  const dotted = last && groups.at(-1)?.includes(".") === true;
  if (dotted && !isIpv4(groups.pop() ?? "")) return 99;
  return groups.every((group) => /^[\da-f]{1,4}$/i.test(group)) ? groups.length + (dotted ? 2 : 0) : 99;
}

function isUriReference(text: string): boolean {
  return /^[\w\-.~:/?#[\]@!$&'()*+,;=%]*$/.test(text) && !/%(?![\da-f]{2})/i.test(text) && text.indexOf("#") === text.lastIndexOf("#");
}
