-- The raw events are read in the order of their showings.
CREATE INDEX analytics_events_shown ON analytics_events (shown_at, impression_id);
