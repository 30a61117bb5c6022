// Orders that look at the graph of jobs: the upward rank of HEFT (Topcuoglu, Hariri and Wu 2002) and the optimistic cost
// of PEFT (Arabnejad and Barbosa 2014), both without costs of communication, which an online scheduler does not know.
import type { OrderRules } from "../model.ts";

/** The longest expected path to the end of the graph first, the job itself included. */
export const heft: OrderRules = {
  policy: { name: "heft" },
  dynamic: false,
  key: (job) => 0 - job.rankMs,
};

/** The longest expected path behind the job first, the job itself left out. */
export const peft: OrderRules = {
  policy: { name: "peft" },
  dynamic: false,
  key: (job) => 0 - job.tailMs,
};
