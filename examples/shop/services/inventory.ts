// The inventory service: reserves and releases stock. What is not there is an answer, not an error.
import { serve } from "./service.ts";

interface Item {
  price: number;
  inStock: number;
}

const pick = 300;
const stock: { readonly [sku: string]: Item } = {
  tea: { price: 4, inStock: 40 },
  cup: { price: 9, inStock: 12 },
  pot: { price: 35, inStock: 3 },
  samovar: { price: 240, inStock: 0 },
};
const reservations = new Map<string, { sku: string; quantity: number }>();

serve("inventory", {
  "POST /reservations": async ({ body }) => {
    const { sku, quantity } = body["item"] as { sku: string; quantity: number };
    const item = stock[sku];
    // Somebody walks to the shelf.
    await new Promise((resolve) => setTimeout(resolve, pick));
    if (!item || item.inStock < quantity) return { status: 200, body: { reservation: null, status: "out-of-stock", sku } };
    item.inStock -= quantity;
    const reservation = `${body["order"]}-${sku}`;
    reservations.set(reservation, { sku, quantity });
    return { status: 201, body: { reservation, status: "reserved", sku, quantity, price: item.price } };
  },
  "DELETE /reservations/:id": ({ id }) => {
    const reserved = reservations.get(id);
    if (!reserved) return { status: 404, body: { error: `no reservation ${id}` } };
    (stock[reserved.sku] as Item).inStock += reserved.quantity;
    reservations.delete(id);
    return { status: 200, body: { released: id } };
  },
});
