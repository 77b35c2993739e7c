-- What a new video's chance begins with: what its creator's other videos reach, 0 to 1.
ALTER TABLE video_features ADD COLUMN prior real;
