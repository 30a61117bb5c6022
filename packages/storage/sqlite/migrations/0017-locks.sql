-- Who holds named locks and who waits for them; `state` is JSON: all that a claim says.
CREATE TABLE lock_claims (
  tenant TEXT NOT NULL,
  namespace TEXT NOT NULL,
  lock TEXT NOT NULL,
  claim TEXT NOT NULL,
  owner TEXT NOT NULL,
  status TEXT NOT NULL,
  token INTEGER,
  until INTEGER,
  state TEXT NOT NULL
);
CREATE UNIQUE INDEX lock_claims_by_name ON lock_claims (tenant, namespace, lock, claim);

-- The last fencing token that was given out: one row.
CREATE TABLE lock_tokens (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  last_token INTEGER NOT NULL
);
INSERT INTO lock_tokens (id, last_token) VALUES (1, 0);

CREATE VIEW lock_list AS
  SELECT tenant, namespace, lock, state ->> 'kind' AS kind, claim, owner, status, token, state ->> 'place' AS place,
    strftime('%Y-%m-%dT%H:%M:%fZ', until / 1000.0, 'unixepoch') AS until
  FROM lock_claims;
