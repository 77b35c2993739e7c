-- What videos look and sound like, and which of them show the same as another.
CREATE TABLE video_hashes (
    video_id bigint NOT NULL REFERENCES videos (id),
    frame smallint NOT NULL, -- counted from 0
    crop smallint NOT NULL,  -- 0 the whole picture, then parts of it
    hash bit(64) NOT NULL,
    PRIMARY KEY (video_id, frame, crop)
);
CREATE INDEX video_hashes_near ON video_hashes USING hnsw (hash bit_hamming_ops);

CREATE TABLE video_duplicates (
    video_id bigint NOT NULL REFERENCES videos (id),
    of_video_id bigint NOT NULL REFERENCES videos (id),
    score real NOT NULL, -- the share of frames that both show
    created_at timestamptz NOT NULL,
    PRIMARY KEY (video_id, of_video_id),
    CHECK (video_id <> of_video_id)
);

CREATE TABLE sound_landmarks (
    hash integer NOT NULL,
    sound_id bigint NOT NULL REFERENCES sounds (id),
    at integer NOT NULL, -- in hops of 256 samples at 11,025 Hz
    PRIMARY KEY (hash, sound_id, at) -- in this order it answers look-ups without the table
);
CREATE INDEX sound_landmarks_sound ON sound_landmarks (sound_id);
