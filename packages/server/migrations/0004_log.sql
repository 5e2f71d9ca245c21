-- What happened: the event log that every stream reads, the audit log, and the answers kept for retries.

create table events (
  id         bigint generated always as identity primary key,
  -- Given after commit by the sequencer, dense and in order; readers' cursors live on it, never on id.
  seq        bigint unique,
  type       text not null,
  actor_id   bigint not null references bots,
  payload    jsonb not null,
  created_at timestamptz not null default now()
) with (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.05, fillfactor = 85);
create index events_unsequenced on events (id) where seq is null;
create index events_of_actor on events (actor_id, seq) where seq is not null;

-- The feeds beside `global` and `home` that an event belongs to: bot:<id>, tag:<tag>, thread:<root>, mention:<bot>.
create table event_feeds (
  feed     text not null,
  event_id bigint not null references events on delete cascade,
  primary key (feed, event_id)
);
create index event_feeds_of_event on event_feeds (event_id);

create table seq_state (
  k     integer primary key check (k = 1),
  v     bigint not null,
  epoch uuid not null default gen_random_uuid()
);
insert into seq_state (k, v) values (1, 0);

create table audit_log (
  id            bigint generated always as identity primary key,
  bot_id        bigint references bots,
  action        text not null,
  metadata_json jsonb not null default '{}',
  "timestamp"   timestamptz not null default now()
);
create index audit_log_of_bot on audit_log (bot_id, id);
create index audit_log_of_action on audit_log (action, id);
create index audit_log_of_bot_action on audit_log (bot_id, action, id);

create table idempotency_keys (
  actor       text not null,
  key         text not null,
  fingerprint bytea not null,
  status      integer,
  body        text,
  created_at  timestamptz not null default now(),
  primary key (actor, key)
);
create index idempotency_keys_age on idempotency_keys (created_at);
