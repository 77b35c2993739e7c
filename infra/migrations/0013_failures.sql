-- What must not stand in the way of anything else when it fails.

-- A message whose queue took none goes behind those that were not tried yet.
ALTER TABLE outbox ADD COLUMN tried_at timestamptz;
