// The payment service: out of order for the first two charges of an order, as such services are. It never
// takes a single coin from Grace.
import { serve } from "./service.ts";

const failuresPerOrder = 2;
const failures = new Map<string, number>();
const charges = new Map<string, number>();

serve("payment", {
  "POST /charges": ({ body }) => {
    const order = String(body["order"]);
    const failed = failures.get(order) ?? 0;
    if (failed < failuresPerOrder || body["user"] === "grace") {
      failures.set(order, failed + 1);
      return { status: 503, body: { error: "out of order, try again" } };
    }
    charges.set(order, Number(body["amount"]));
    return { status: 201, body: { charge: `charge-of-${order}`, amount: body["amount"] } };
  },
  "POST /refunds": ({ body }) => {
    const taken = charges.get(String(body["order"])) ?? 0;
    charges.delete(String(body["order"]));
    return { status: 200, body: { refunded: taken } };
  },
});
