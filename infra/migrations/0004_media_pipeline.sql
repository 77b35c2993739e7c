-- Uploads in parts, effects, covers, previews, sounds, and jobs of more than one step.
CREATE TABLE sounds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id text NOT NULL UNIQUE,
    title text NOT NULL,
    creator_id bigint NOT NULL REFERENCES users (id),
    video_id bigint NOT NULL UNIQUE REFERENCES videos (id), -- where it was first heard
    audio_key text NOT NULL,
    public boolean NOT NULL DEFAULT false, -- once its video was for everybody
    duration_ms integer NOT NULL,
    video_count bigint NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now()
);

ALTER TABLE videos
    ADD COLUMN upload_id text,                -- S3's, while a file comes in parts
    ADD COLUMN promised_sha256 bytea,         -- what the creator announced
    ADD COLUMN sha256 bytea,                  -- what arrived
    ADD COLUMN probe jsonb,                   -- what the file holds
    ADD COLUMN effects jsonb,
    ADD COLUMN sound_id bigint REFERENCES sounds (id),
    ADD COLUMN sound_chosen boolean NOT NULL DEFAULT false, -- by the creator; else heard in it
    ADD COLUMN sound_score real,              -- how sure we are of a sound that was heard
    ADD COLUMN cover_ms integer,
    ADD COLUMN cover jsonb,                   -- the poster at cover_ms, once it is made
    ADD COLUMN preview jsonb,                 -- what the owner can play before the ladder is done
    ADD COLUMN arrivals integer NOT NULL DEFAULT 0, -- how often its file was looked into
    ADD COLUMN attempts_allowed integer NOT NULL DEFAULT 3,
    ADD COLUMN version integer NOT NULL DEFAULT 1, -- of what its maker can edit
    ADD COLUMN status_before video_status,    -- of a deleted one
    ADD COLUMN deleted_by bigint REFERENCES users (id),
    ADD COLUMN delete_reason text,
    ADD COLUMN retain_until timestamptz;
CREATE INDEX videos_source ON videos (creator_id, sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX videos_sound ON videos (sound_id, created_at DESC)
    WHERE sound_id IS NOT NULL AND status = 'published';

ALTER TABLE media_jobs
    ADD COLUMN step text NOT NULL DEFAULT 'full',
    ADD COLUMN external_id text UNIQUE,       -- MediaConvert's, where it does the work
    ADD COLUMN outputs jsonb;                 -- what a complete job made
DROP INDEX media_jobs_video;
CREATE INDEX media_jobs_video ON media_jobs (video_id, generation, step, attempt);
CREATE INDEX media_jobs_open ON media_jobs (step, created_at)
    WHERE status IN ('submitted', 'progressing');
