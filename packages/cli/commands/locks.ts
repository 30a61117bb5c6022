// Commands about named locks: `lock list`, `get`, `acquire`, `renew`, `release`, `break`. `lock run` has a file of its own.
import type { BatonClient, Lock, LockClaim, LockKind, LockName, LockRequest } from "@baton/api";
import { allPages, clientOf } from "../connect.ts";
import { readInput, type Context } from "../context.ts";
import { exitCodes, type ExitCode } from "../exit-codes.ts";
import { CommandFailure } from "../failure.ts";
import { formatRows, formatThing, type Column } from "../output/table.ts";

const lockColumns: readonly Column<Lock>[] = [
  { title: "NAMESPACE", of: ({ namespace }) => namespace },
  { title: "NAME", of: ({ name }) => name },
  { title: "KIND", of: ({ kind }) => kind ?? "" },
  { title: "USED", of: ({ kind, used, size }) => (kind === "semaphore" ? `${used}/${size}` : String(used)) },
  { title: "WAITING", of: ({ waiting }) => String(waiting) },
  { title: "HELD BY", of: ({ claims }) => ownersOf(claims, "holding") },
];

const claimColumns: readonly Column<LockClaim>[] = [
  { title: "STATUS", of: ({ status }) => status },
  { title: "OWNER", of: ({ owner }) => owner },
  { title: "CLAIM", of: ({ claim }) => claim, wide: true },
  { title: "TOKEN", of: ({ token }) => (token === null ? "" : String(token)) },
  { title: "SINCE", of: ({ since }) => since },
  { title: "UNTIL", of: ({ until }) => until ?? "" },
  { title: "REASON", of: ({ reason }) => reason ?? "" },
];

function ownersOf(claims: readonly LockClaim[], status: LockClaim["status"]): string {
  return claims.flatMap((claim) => (claim.status === status ? [claim.owner] : [])).join(", ");
}

/** Which namespace. */
export interface LockNamespace {
  readonly namespace?: string;
}

/** What is asked for. */
export interface LockUseOptions extends LockNamespace {
  readonly kind?: LockKind;
  readonly mode?: "read" | "write";
  readonly size?: number;
  readonly permits?: number;
  readonly lease?: number;
  readonly timeout?: number;
  readonly try?: boolean;
  readonly owner?: string;
  readonly value?: string;
}

/** `baton lock list`. */
export async function listLocks(context: Context, { namespace }: LockNamespace): Promise<ExitCode> {
  const client = clientOf(context.options);
  const locks = await allPages((page) => client.locks.list({ ...(namespace !== undefined && { namespace }), ...page }));
  context.out(formatRows(locks, lockColumns, context.options.output ?? "table", context.outStyle, ({ name }) => name));
  return exitCodes.done;
}

/** `baton lock get NAME`: its claims, those that hold first. */
export async function getLock(context: Context, name: string, options: LockNamespace & { readonly watch?: boolean }): Promise<ExitCode> {
  const client = clientOf(context.options);
  const lock = nameOf(name, options);
  if (options.watch !== true) printLock(context, await client.locks.get(lock));
  else for await (const now of watched(client, lock, context.signal)) printLock(context, now);
  return exitCodes.done;
}

/** Ends with an interrupt as with the stream. */
async function* watched(client: BatonClient, lock: LockName, signal: AbortSignal): AsyncGenerator<Lock> {
  try {
    yield* client.locks.watch(lock, signal);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

function printLock(context: Context, lock: Lock): void {
  const { output } = context.options;
  if (output !== undefined && output !== "table" && output !== "wide") return context.out(formatThing(lock, output));
  const { name, kind, claims } = lock;
  context.say(`${name} ${kind === null ? "is not in use" : `(${kind})`}\n`);
  if (claims.length > 0) context.out(formatRows(claims, claimColumns, output ?? "table", context.outStyle, ({ claim }) => claim));
}

/** `baton lock acquire NAME`: prints the token; nobody renews it. */
export async function acquireLock(
  context: Context,
  name: string,
  { owner = `cli-${process.ppid}`, claim, ...options }: LockUseOptions & { readonly claim?: string },
): Promise<ExitCode> {
  const client = clientOf(context.options);
  const lock = nameOf(name, options);
  const request = { ...(await requestOf(options)), owner, ...(claim !== undefined && { claim }) };
  try {
    const held = await untilHeld(context, client, lock, request);
    context.out(context.options.output === undefined ? `${held.token}\n` : formatThing(held, context.options.output));
    return exitCodes.done;
  } catch (error) {
    if (context.signal.aborted) await client.locks.release(lock, { claim: claim ?? owner });
    throw timedOut(error);
  }
}

const heldMs = 30_000;

async function untilHeld(context: Context, client: BatonClient, lock: LockName, request: LockRequest): Promise<LockClaim> {
  for (let said = ""; ;) {
    const claim = await client.locks.acquire(lock, request, { waitMs: said === "" ? 0 : heldMs, signal: context.signal });
    if (claim.token !== null) return claim;
    if (claim.reason !== null && claim.reason !== said) context.say(`${claim.reason}\n`);
    said = claim.reason ?? "waits";
  }
}

/** `baton lock renew NAME`. */
export async function renewLock(
  context: Context,
  name: string,
  { claim, fence, lease, ...options }: LockNamespace & { readonly claim: string; readonly fence: number; readonly lease?: number },
): Promise<ExitCode> {
  const renewal = { claim, token: fence, ...(lease !== undefined && { lease: `${lease}ms` }) };
  const held = await clientOf(context.options).locks.renew(nameOf(name, options), renewal);
  if (context.options.output === undefined) context.say(`it is held until ${held.until}\n`);
  else context.out(formatThing(held, context.options.output));
  return exitCodes.done;
}

/** `baton lock release NAME`. */
export async function releaseLock(
  context: Context,
  name: string,
  { claim = `cli-${process.ppid}`, fence, ...options }: LockNamespace & { readonly claim?: string; readonly fence?: number },
): Promise<ExitCode> {
  const released = await clientOf(context.options).locks.release(nameOf(name, options), {
    claim,
    ...(fence !== undefined && { token: fence }),
  });
  context.say(
    released ? `${name} is released\n` : `${name} was not held or waited for under this claim${fence === undefined ? "" : " and token"}\n`,
  );
  return exitCodes.done;
}

/** `baton lock break NAME`. */
export async function breakLock(
  context: Context,
  name: string,
  { claim, ...options }: LockNamespace & { readonly claim?: string },
): Promise<ExitCode> {
  const broken = await clientOf(context.options).locks.break(nameOf(name, options), claim);
  if (context.options.output !== undefined) context.out(formatThing(broken, context.options.output));
  else if (broken.length === 0) context.say(`nobody holds ${name}\n`);
  else
    for (const { owner, token, status } of broken)
      context.say(`${name} was taken from ${owner} (${token === null ? status : `token ${token}`})\n`);
  return exitCodes.done;
}

/** A lock as it was named. */
export function nameOf(name: string, { namespace }: LockNamespace): LockName {
  return { name, ...(namespace !== undefined && { namespace }) };
}

async function requestOf({
  kind,
  mode,
  size,
  permits,
  lease,
  timeout,
  try: once,
  value,
}: LockUseOptions): Promise<Omit<LockRequest, "owner">> {
  return {
    ...(kind !== undefined && { kind }),
    ...(mode !== undefined && { mode }),
    ...(size !== undefined && { size }),
    ...(permits !== undefined && { permits }),
    ...(lease !== undefined && { lease: `${lease}ms` }),
    ...((timeout !== undefined || once === true) && { timeout: `${once === true ? 0 : timeout}ms` }),
    ...(value !== undefined && { value: await readInput(value, "--value") }),
  };
}

/** A wait that was over ends a command as other waits do. */
export function timedOut(error: unknown): unknown {
  if (!(error instanceof Error && "code" in error && error.code === "lock-timeout")) return error;
  return new CommandFailure(exitCodes.timedOut, error.message, { next: "wait longer, or see who holds it with `baton lock get NAME`" });
}
