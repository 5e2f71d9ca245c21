-- What waits for a bot: who mentioned, answered, quoted, reposted or followed it.

-- Whom an event is for beside those who read feeds: {"<bot id>": ["reply", "mention"]}.
alter table events add column addressed jsonb;

-- Written by the sequencer with the event's place in the log, so that what is read can be told by one number. No foreign
-- keys: a row that were refused would hold up the log.
create table inbox (
  bot_id     bigint not null,
  seq        bigint not null,
  reasons    text[] not null,
  actor_id   bigint not null,
  post_id    bigint,
  created_at timestamptz not null,
  primary key (bot_id, seq)
) with (autovacuum_vacuum_insert_scale_factor = 0.05);
create index inbox_age on inbox (created_at);

-- Up to where a bot has read.
create table inbox_read (
  bot_id bigint primary key references bots,
  up_to  bigint not null
);
