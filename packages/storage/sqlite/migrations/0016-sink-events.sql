-- Published events that those who wait here have, and that a sink is still to take: what one sink does not take holds up no other.
CREATE TABLE sink_events (
  sink TEXT NOT NULL,
  position INTEGER NOT NULL,
  tenant TEXT NOT NULL,
  content TEXT NOT NULL
);
CREATE UNIQUE INDEX sink_events_in_order ON sink_events (sink, position);
