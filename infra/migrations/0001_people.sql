-- People, their sessions, and what every write needs: idempotency keys and the outbox.
CREATE EXTENSION IF NOT EXISTS vector;

CREATE TYPE user_role AS ENUM ('user', 'creator', 'moderator', 'admin');

CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    public_id text NOT NULL UNIQUE,
    username text NOT NULL,
    username_key text NOT NULL UNIQUE, -- folded: one person per name, however it is typed
    display_name text NOT NULL,
    email text,
    password_hash text NOT NULL,
    role user_role NOT NULL DEFAULT 'user',
    birth_date date NOT NULL,
    country text,
    language text,
    interests text[] NOT NULL DEFAULT '{}',
    bio text NOT NULL DEFAULT '',
    history_paused boolean NOT NULL DEFAULT false,
    hidden_keywords text[] NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Apart from the wide row: counts change all the time, people hardly ever.
CREATE TABLE user_stats (
    user_id bigint PRIMARY KEY REFERENCES users (id),
    followers bigint NOT NULL DEFAULT 0,
    following bigint NOT NULL DEFAULT 0,
    videos bigint NOT NULL DEFAULT 0,
    received_likes bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 70);

-- The token itself is never stored, only its SHA-256.
CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY,
    public_id text NOT NULL UNIQUE,
    user_id bigint NOT NULL REFERENCES users (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE idempotency_keys (
    scope text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    status integer NOT NULL,
    body jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (scope, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);

CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue_url text NOT NULL,
    message jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
