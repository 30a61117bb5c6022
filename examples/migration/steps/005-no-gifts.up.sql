-- Meant to fail: no order may cost nothing, and some do.
ALTER TABLE orders ADD CONSTRAINT orders_cost CHECK (cents > 0);
