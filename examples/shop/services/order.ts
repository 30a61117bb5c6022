// The order service: keeps every order and what became of it.
import { serve } from "./service.ts";

const orders = new Map<string, object>();

serve("order", {
  "POST /orders": ({ body }) => {
    const order = { ...body, status: "open" };
    orders.set(String(body["id"]), order);
    return { status: 201, body: order };
  },
  "PUT /orders/:id": ({ id, body }) => {
    const order = orders.get(id);
    if (!order) return { status: 404, body: { error: `no order ${id}` } };
    const changed = { ...order, ...body };
    orders.set(id, changed);
    return { status: 200, body: changed };
  },
  "GET /orders/:id": ({ id }) =>
    orders.has(id) ? { status: 200, body: orders.get(id) } : { status: 404, body: { error: `no order ${id}` } },
});
