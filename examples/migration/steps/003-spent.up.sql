ALTER TABLE users ADD COLUMN spent BIGINT NOT NULL DEFAULT 0;
UPDATE users SET spent = (SELECT coalesce(sum(cents), 0) FROM orders WHERE owner = users.id);
