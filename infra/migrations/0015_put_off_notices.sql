-- What people will be told once telling works again; the arguments of notify_person, oldest first.
CREATE TABLE put_off_notices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person bigint NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    kind text NOT NULL,
    what text NOT NULL,
    actor bigint REFERENCES users (id) ON DELETE CASCADE,
    video bigint REFERENCES videos (id) ON DELETE CASCADE,
    words text NOT NULL,
    moment timestamptz NOT NULL,
    once boolean NOT NULL
);
CREATE INDEX put_off_notices_person ON put_off_notices (person);
CREATE INDEX put_off_notices_actor ON put_off_notices (actor);
CREATE INDEX put_off_notices_video ON put_off_notices (video);

-- Telling waits for nobody for long: what happened would have to wait, too.
ALTER FUNCTION notify_person(bigint, text, text, bigint, bigint, text, timestamptz, boolean)
    SET lock_timeout = '2s';
