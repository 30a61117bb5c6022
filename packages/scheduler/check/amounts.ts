// Checks that amounts are what the scheduler counts with: whole numbers from 0 to 2^53.
import type { Amounts } from "../types.ts";

/** What is wrong with amounts, undefined where nothing is. */
export function amountsMistake(amounts: Amounts): { readonly field: string; readonly message: string } | undefined {
  for (const name in amounts) {
    const amount = amounts[name];
    if (Number.isSafeInteger(amount) && (amount as number) >= 0) continue;
    const wanted = "must be a whole number from 0 to 2^53 (cpu in millis, memory and disk in bytes)";
    return { field: name, message: `${name} is ${String(amount)}: it ${wanted}` };
  }
  return undefined;
}
