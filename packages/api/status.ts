// Which HTTP status an error code is answered with: the one place where codes meet HTTP.

/** Every code that has a status of its own. */
export const statusByCode: { readonly [code: string]: number } = {
  "authentication-required": 401,
  "body-malformed": 400,
  "body-too-deep": 400,
  "body-too-large": 413,
  "body-type-unsupported": 415,
  "command-refused": 409,
  "delivery-unknown": 404,
  "disk-full": 507,
  "filter-invalid": 400,
  "flow-invalid": 422,
  "flow-name-mismatch": 422,
  "flow-unknown": 404,
  "flow-version-taken": 409,
  "headers-too-large": 431,
  "host-refused": 421,
  "idempotency-key-reused": 422,
  internal: 500,
  "method-not-allowed": 405,
  "origin-refused": 403,
  "output-missing": 404,
  "parameter-invalid": 400,
  "request-malformed": 400,
  "request-timeout": 408,
  "route-unknown": 404,
  "backfill-refused": 422,
  "run-contended": 409,
  "run-incident": 409,
  "run-input-too-large": 413,
  "run-unknown": 404,
  "schedule-unknown": 404,
  "secret-invalid": 422,
  "secret-key-invalid": 500,
  "secret-key-missing": 500,
  "secret-unknown": 404,
  "secrets-locked": 409,
  "secrets-too-many": 409,
  "server-overloaded": 503,
  "server-starting": 503,
  "server-stopping": 503,
  "server-unreachable": 503,
  "start-key-invalid": 422,
  "webhook-invalid": 422,
  "webhook-unknown": 404,
  "webhooks-too-many": 409,
};

/** The status for a code; a code that is not listed is the world's fault: 503 where trying again helps, else 500. */
export function statusOf(code: string, retryable: boolean): number {
  return (Object.hasOwn(statusByCode, code) ? statusByCode[code] : undefined) ?? (retryable ? 503 : 500);
}
