-- What was watched in the last days, hour by hour: what is trending is made of it.
CREATE INDEX rollups_hours ON rollups (at) INCLUDE (subject, views)
    WHERE of = 'video' AND grain = 'hour' AND views > 0;
