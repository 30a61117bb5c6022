// First come, first served.
import type { OrderRules } from "../model.ts";

/** The order of arrival. */
export const fcfs: OrderRules = {
  policy: { name: "fcfs" },
  dynamic: false,
  key: () => 0,
};
