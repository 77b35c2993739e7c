-- The platform's days are those of all creators together.
CREATE INDEX rollups_days ON rollups (at) INCLUDE (watch_time_ms)
    WHERE of = 'creator' AND grain = 'day';
