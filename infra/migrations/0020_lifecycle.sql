-- How far a deleted video is on its way into the archive and out of the world.
ALTER TABLE videos
    ADD COLUMN archived_at timestamptz, -- its files are in the archive
    ADD COLUMN cleared_at timestamptz,  -- and nowhere else any more
    ADD COLUMN purged_at timestamptz,   -- its 30 days are over
    ADD COLUMN emptied_at timestamptz;  -- and its files are gone from the archive, too
CREATE INDEX videos_to_archive ON videos (id) WHERE status = 'deleted';
CREATE INDEX videos_archived ON videos (retain_until) WHERE status = 'archived';
CREATE INDEX videos_to_empty ON videos (id) WHERE purged_at IS NOT NULL AND emptied_at IS NULL;

-- The audit log may be cut where it begins: after seven years, up to a seal whose time is over, and
-- only by whoever says so in the transaction.
ALTER TABLE audit_heads
    ADD COLUMN first_seq bigint NOT NULL DEFAULT 1,
    ADD COLUMN first_prev_hash bytea NOT NULL DEFAULT '\x';
CREATE OR REPLACE FUNCTION audit_log_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND current_setting('clipwave.forgetting', true) = 'on' THEN
        RETURN NULL;
    END IF;
    RAISE EXCEPTION 'the audit log is append-only';
END $$;
