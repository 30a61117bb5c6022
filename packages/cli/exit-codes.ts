// How a command ends, as docs/reference/cli.md promises to scripts.

export const exitCodes = {
  done: 0,
  failed: 1,
  usage: 2,
  notAuthenticated: 3,
  notFound: 4,
  forbidden: 5,
  conflict: 6,
  limited: 7,
  faulted: 8,
  cancelled: 9,
  timedOut: 10,
  unreachable: 11,
  interrupted: 130,
} as const;

/** One of the codes above. */
export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

/** The exit code that tells how a run ended; a run that has not ended counts as done, since it was accepted. */
export function exitCodeOf(status: string): ExitCode {
  if (status === "faulted") return exitCodes.faulted;
  if (status === "cancelled") return exitCodes.cancelled;
  return exitCodes.done;
}
