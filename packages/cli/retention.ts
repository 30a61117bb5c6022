// The option --retention: `[NAMESPACE:][STATUS=]DURATION`, once or several times.
import { InvalidArgumentError } from "commander";
import { parseDuration } from "@baton/core";
import type { RetentionRule } from "@baton/runtime";

const form = /^(?:(?<namespace>[\w-]+):)?(?:(?<status>[a-z]+)=)?(?<keep>P.+)$/;
const statuses = ["completed", "faulted", "cancelled"] as const;

/** Adds a rule to those before it. */
export function addRetention(text: string, before: readonly RetentionRule[] = []): RetentionRule[] {
  const { namespace, status: word, keep = "" } = form.exec(text)?.groups ?? {};
  const status = statuses.find((candidate) => candidate === word);
  const duration = parseDuration(keep);
  if (!duration.ok || (word !== undefined && status === undefined))
    throw new InvalidArgumentError(
      "Write [NAMESPACE:][STATUS=]DURATION: P90D, faulted=P1Y, shop:completed=P7D. A status is completed, faulted or cancelled.",
    );
  return [...before, { keep: duration.value, ...(namespace !== undefined && { namespace }), ...(status !== undefined && { status }) }];
}
