// From whatever was thrown to a problem document. What is not a BatonError is a bug: the caller learns no more than that
// there is one; the log has the rest.
import { apiError, apiErrors, problemOf, type ApiErrorCode, type Problem, type ProblemItem } from "@baton/api";
import { BatonError } from "@baton/core";
import { JobsRefused, LockRefused } from "@baton/runtime";

/** An error with a list of what is wrong. */
export class InvalidRequest extends BatonError {
  readonly items: readonly ProblemItem[];

  constructor(code: ApiErrorCode, message: string, items: readonly ProblemItem[], next?: string) {
    super(code, apiErrors[code], next === undefined ? { message } : { message, next });
    this.items = items;
  }
}

/** Codes of the HTTP library, as ours. */
const libraryCodes: { readonly [code: string]: ApiErrorCode } = {
  FST_ERR_BAD_URL: "request-malformed",
  FST_ERR_CTP_BODY_TOO_LARGE: "body-too-large",
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: "request-malformed",
  FST_ERR_CTP_INVALID_MEDIA_TYPE: "body-type-unsupported",
  FST_ERR_MAX_PARAM_LENGTH: "route-unknown",
  ECONNRESET: "request-malformed",
};

/** The error as ours; `bug` where it is none of the known ones. */
export function knownError(error: unknown): { readonly error: BatonError; readonly bug: boolean } {
  if (error instanceof BatonError) return { error, bug: false };
  const code = error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "";
  const ours = Object.hasOwn(libraryCodes, code) ? libraryCodes[code] : undefined;
  return ours === undefined ? { error: apiError("internal"), bug: true } : { error: apiError(ours), bug: false };
}

/** The problem document of an error. */
export function problemFor(error: BatonError, path: string): Problem {
  return problemOf(error, {
    instance: path,
    ...(error instanceof InvalidRequest || error instanceof JobsRefused || error instanceof LockRefused ? { errors: error.items } : {}),
  });
}
