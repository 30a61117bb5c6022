// What can go wrong on the way to a peer and back, told so that the reader knows where to look. Addresses are shown
// without their query, and no header is ever shown.
import { STATUS_CODES } from "node:http";
import { get, isObject, type Json } from "@baton/core";
import type { WorkFault } from "@baton/engine";
import { connectTimeoutMs, silenceTimeoutMs } from "../limits.ts";
import { badAnswer } from "./response.ts";

interface Explanation {
  readonly title: string;
  /** Follows the method and address. */
  readonly detail: string;
}

const explanations: { readonly [code: string]: Explanation } = {
  ECONNREFUSED: { title: "Connection refused", detail: "was refused: nothing listens at that address" },
  ECONNRESET: { title: "Connection reset", detail: "got no complete answer: the peer closed the connection" },
  EPIPE: { title: "Connection reset", detail: "got no complete answer: the peer closed the connection" },
  UND_ERR_SOCKET: { title: "Connection reset", detail: "got no complete answer: the peer closed the connection" },
  ENOTFOUND: { title: "Host not found", detail: "failed: DNS knows no address for that host" },
  EAI_AGAIN: { title: "Host not found", detail: "failed: DNS did not answer" },
  EHOSTUNREACH: { title: "Host unreachable", detail: "failed: there is no route to that host" },
  ENETUNREACH: { title: "Host unreachable", detail: "failed: there is no route to that network" },
  ETIMEDOUT: { title: "Connection timed out", detail: "failed: the host does not answer" },
  UND_ERR_CONNECT_TIMEOUT: { title: "Connection timed out", detail: `failed: no connection came about within ${connectTimeoutMs} ms` },
  UND_ERR_HEADERS_TIMEOUT: { title: "No answer in time", detail: `failed: the peer was silent for ${silenceTimeoutMs} ms` },
  UND_ERR_BODY_TIMEOUT: {
    title: "No answer in time",
    detail: `failed: the peer stopped in the middle of its answer for ${silenceTimeoutMs} ms`,
  },
  UND_ERR_HEADERS_OVERFLOW: { title: "Headers too large", detail: "failed: the peer's headers are larger than a call takes in" },
  UND_ERR_DESTROYED: { title: "Aborted", detail: "was aborted before it was answered" },
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: { title: "Broken answer", detail: "failed: the body is not as long as the peer said" },
};

/** The fault for an error that undici threw while the request or its answer was under way. */
export function networkFault(error: unknown, shown: string): WorkFault {
  const code = codeOf(error);
  const known = Object.hasOwn(explanations, code) ? explanations[code] : undefined;
  if (known !== undefined) return badAnswer(known.title, `${shown} ${known.detail}.`);
  if (isTls(code)) return badAnswer("TLS failure", `${shown} failed: the secure connection did not come about (${code}).`);
  if (error instanceof Error && error.name === "HTTPParserError")
    return badAnswer("Broken answer", `${shown} answered with something that is not HTTP (${error.message}).`);
  return badAnswer("Communication failure", `${shown} failed (${code === "" ? describe(error) : code}).`);
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return "";
  const own = "code" in error && typeof error.code === "string" ? error.code : "";
  // A socket error wraps what the system said, which tells more.
  const inner = codeOf(error.cause);
  return inner !== "" && (own === "" || own === "UND_ERR_SOCKET") ? inner : own;
}

function isTls(code: string): boolean {
  return /^(ERR_SSL|ERR_TLS|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|EPROTO)/.test(code);
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The fault for work that was aborted while it was under way. */
export function abortedFault(shown: string): WorkFault {
  return badAnswer("Aborted", `${shown} was aborted before it was answered.`);
}

const shownCharacters = 500;

/** An answer whose status counts as an error; `excerpt` is its body where it is text. */
interface Refusal {
  readonly status: number;
  readonly shown: string;
  readonly location: string | undefined;
  readonly mediaType: string;
  readonly excerpt: string;
}

/** The fault for a status that counts as an error: in the peer's own words where it describes a problem (RFC 9457). */
export function statusFault(refusal: Refusal): WorkFault {
  const { status, shown, mediaType, excerpt } = refusal;
  const problem = mediaType === "application/problem+json" ? readProblem(excerpt) : {};
  const text = excerpt.trim().slice(0, shownCharacters);
  return {
    kind: "communication",
    status,
    title: problem.title ?? STATUS_CODES[status] ?? `HTTP ${status}`,
    detail: problem.detail ?? `${shown} answered ${status}${redirection(refusal)}${text === "" ? "" : `: ${text}`}`,
  };
}

/** Title and detail of a problem, as far as they are texts. */
function readProblem(body: string): { readonly title?: string; readonly detail?: string } {
  const value = parsed(body);
  if (!isObject(value)) return {};
  const text = (key: string): { [key: string]: string } => {
    const member = get(value, key);
    return typeof member === "string" && member !== "" ? { [key]: member.slice(0, shownCharacters) } : {};
  };
  return { ...text("title"), ...text("detail") };
}

function parsed(body: string): Json {
  try {
    return JSON.parse(body) as Json;
  } catch {
    return null;
  }
}

function redirection(answer: Pick<Refusal, "status" | "location">): string {
  if (answer.status < 300 || answer.status > 399) return "";
  const target = answer.location === undefined ? "" : ` to ${answer.location.replace(/[?#].*$/s, "")}`;
  return ` (a redirection${target}; it counts as an error unless the call has "redirect: true")`;
}
