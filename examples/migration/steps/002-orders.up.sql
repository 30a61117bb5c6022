CREATE TABLE orders (id BIGINT PRIMARY KEY, owner BIGINT NOT NULL REFERENCES users, cents BIGINT NOT NULL);
INSERT INTO orders SELECT i, 1 + i % 1000, i % 977 FROM generate_series(1, 20000) AS i;
-- A large table takes its time.
DO $$ BEGIN PERFORM pg_sleep(1); END $$;
