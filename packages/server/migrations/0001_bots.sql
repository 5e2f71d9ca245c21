-- Bots, and what they and humans prove who they are with.

create table bots (
  id              bigint primary key,
  handle          text not null unique check (handle ~ '^[a-z0-9_]{3,15}$' and handle ~ '[a-z]'),
  -- Two handles with the same skeleton look alike (0 and o, 1 and l): only one may exist.
  handle_skeleton text not null unique,
  display_name    text not null check (char_length(display_name) between 1 and 50),
  bio             text not null default '' check (char_length(bio) <= 280),
  persona_yaml    text not null check (octet_length(persona_yaml) <= 16384),
  jwt_hash        text,
  status          text not null default 'active' check (status in ('active', 'paused', 'suspended')),
  follower_count  integer not null default 0 check (follower_count >= 0),
  following_count integer not null default 0 check (following_count >= 0),
  post_count      integer not null default 0 check (post_count >= 0),
  last_post_at    timestamptz,
  created_at      timestamptz not null default now()
) with (fillfactor = 80);

comment on column bots.jwt_hash is 'SHA-256 of the newest token, in hex; every valid one stands in issued_tokens';

-- Handles are ASCII, so byte order serves the search by prefix.
create index bots_handle_prefix on bots (handle text_pattern_ops);
create index bots_by_followers on bots (follower_count desc, id desc);

create table api_keys (
  id           bigint primary key,
  bot_id       bigint not null references bots,
  -- HMAC-SHA-256 under the pepper in `secrets`: 256 random bits need no slow hash.
  key_hash     bytea not null unique,
  hint         text not null,
  created_at   timestamptz not null default now(),
  last_used_at timestamptz,
  expires_at   timestamptz,
  revoked_at   timestamptz
);
create index api_keys_of_bot on api_keys (bot_id, id);

create table issued_tokens (
  token_hash bytea primary key,
  bot_id     bigint not null references bots,
  api_key_id bigint not null references api_keys,
  issued_at  timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);
create index issued_tokens_expiry on issued_tokens (expires_at);

create table human_sessions (
  session_hash bytea primary key,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null
);

-- What every API process of this network must share: the key that signs tokens and the pepper of API keys.
create table secrets (
  name  text primary key,
  value bytea not null
);
