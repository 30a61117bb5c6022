// When a failed attempt is tried again (dsl-reference, "Retry"). The result is recorded, so chance is asked only once.
import type { Instant, Json, Millis } from "@baton/core";
import type { BackoffRule, DurationTemplate, RetryPolicy } from "@baton/dsl";
import { instantAfter, isTrue } from "../evaluate.ts";
import type { Scope } from "../scope.ts";
import type { TryingProgress } from "../state.ts";

/** No retry waits longer than this unless its policy says so. */
export const defaultMaxDelayMs: Millis = 3_600_000;

const defaultFactor = 2;

/** What a policy's expressions are asked of: its conditions of the error, its durations of the task's input. */
export interface RetrySubject {
  readonly error: Json;
  readonly input: Json;
}

/** The instant of the next attempt; undefined: there is none. The scope binds the error. */
export function retryAt(scope: Scope, policy: RetryPolicy, { error, input }: RetrySubject, progress: TryingProgress): Instant | undefined {
  const { attempt, limit, last } = progress;
  const { attemptCount } = policy.limit;
  if (last || (attemptCount !== undefined && attempt > attemptCount)) return undefined;
  if (policy.when !== undefined && !isTrue(scope, policy.when, error)) return undefined;
  if (policy.exceptWhen !== undefined && isTrue(scope, policy.exceptWhen, error)) return undefined;
  const at = scope.facts.now + delayBefore(scope, policy, input, attempt);
  return limit !== null && at >= limit ? undefined : at;
}

/** The delay before the n-th retry, jitter and cap applied. */
function delayBefore(scope: Scope, policy: RetryPolicy, input: Json, n: number): Millis {
  const span = (template: DurationTemplate): Millis => instantAfter(scope, template, input, scope.facts.now) - scope.facts.now;
  const { delay, backoff, jitter } = policy;
  const cap = backoff.maxDelay ? span(backoff.maxDelay) : defaultMaxDelayMs;
  const base = growth(delay ? span(delay) : 0, backoff, n, span);
  const spread = jitter ? between(span(jitter.from), span(jitter.to), scope.facts.random()) : 0;
  return Math.round(Math.min(cap, base + spread));
}

function growth(delay: Millis, backoff: BackoffRule, n: number, span: (template: DurationTemplate) => Millis): Millis {
  switch (backoff.kind) {
    case "constant":
      return delay;
    case "linear":
      return delay + (backoff.increment ? span(backoff.increment) : delay) * (n - 1);
    case "exponential":
      return delay * (backoff.factor ?? defaultFactor) ** (n - 1);
  }
}

function between(from: Millis, to: Millis, chance: number): Millis {
  return from + (to - from) * chance;
}
