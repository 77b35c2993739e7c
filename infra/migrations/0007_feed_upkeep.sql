-- What a new video's chance begins with: what its creator's other videos reach, 0 to 1.
ALTER TABLE video_features ADD COLUMN prior real;

-- Who has watched a video, the last ones first.
CREATE INDEX watch_history_of_video ON watch_history (video_id, created_at DESC);
