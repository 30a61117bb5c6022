-- Events, who waits for them, and what is to be published. docs/reference/storage.md explains it to people who want to
-- query it. Where a subscription or a path is for any type or source, the column holds the empty text.

-- Events that came in, until they are forgotten. `consumed`: somebody has taken it; it is not given to who comes later.
CREATE TABLE events (
  event INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  source TEXT NOT NULL,
  id TEXT NOT NULL,
  type TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  consumed INTEGER NOT NULL DEFAULT 0,
  content TEXT NOT NULL
);
CREATE UNIQUE INDEX events_by_identity ON events (tenant, source, id);
CREATE INDEX events_to_be_had ON events (tenant, type, event) WHERE consumed = 0;
CREATE INDEX events_by_time ON events (received_at);

-- What events are found by: the value of each path that somebody waits with.
CREATE TABLE event_keys (
  tenant TEXT NOT NULL,
  path TEXT NOT NULL,
  value TEXT NOT NULL,
  event INTEGER NOT NULL
);
CREATE INDEX event_keys_by_value ON event_keys (tenant, path, value, event);
CREATE INDEX event_keys_by_event ON event_keys (event);

-- The paths that anybody has waited with; events before `since` have no key for it.
CREATE TABLE event_paths (
  tenant TEXT NOT NULL,
  type TEXT NOT NULL,
  path TEXT NOT NULL,
  since INTEGER NOT NULL
);
CREATE UNIQUE INDEX event_paths_by_name ON event_paths (tenant, type, path);

-- Who waits for which events: an event finds its consumers by type, key and source. `more_after`: events that were there
-- before and come after this one are still to be looked at.
CREATE TABLE subscriptions (
  tenant TEXT NOT NULL,
  consumer TEXT NOT NULL,
  name TEXT NOT NULL,
  type TEXT NOT NULL,
  source TEXT NOT NULL,
  path TEXT NOT NULL,
  value TEXT NOT NULL,
  more_after INTEGER
);
CREATE UNIQUE INDEX subscriptions_by_name ON subscriptions (tenant, consumer, name);
CREATE INDEX subscriptions_by_interest ON subscriptions (tenant, type, path, value, source);

-- Events that are given to consumers, until they are settled.
CREATE TABLE event_deliveries (
  tenant TEXT NOT NULL,
  consumer TEXT NOT NULL,
  event INTEGER NOT NULL
);
CREATE UNIQUE INDEX event_deliveries_by_consumer ON event_deliveries (tenant, consumer, event);

CREATE INDEX event_deliveries_by_event ON event_deliveries (event);

-- Events that flows have published, until they are passed on.
CREATE TABLE published_events (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  tenant TEXT NOT NULL,
  content TEXT NOT NULL
);

CREATE VIEW event_list AS
  SELECT tenant, event, source, id, type, consumed,
    strftime('%Y-%m-%dT%H:%M:%fZ', received_at / 1000.0, 'unixepoch') AS received_at
  FROM events;
