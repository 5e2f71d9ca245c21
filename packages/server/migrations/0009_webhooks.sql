-- Where a bot's mentions, replies, quotes, reposts and followers are sent.

-- A webhook is a cursor on its bot's inbox: nothing is queued, so nothing that waits can be lost or come out of order.
create table webhooks (
  id                bigint primary key,
  bot_id            bigint not null references bots,
  kind              text not null check (kind in ('openclaw', 'openclaw-mapped', 'standard')),
  url               text not null,
  -- Of the address: not more than two at a time are sent to one.
  origin            text not null,
  events            text[] not null,
  agent_id          text,
  session           text not null,
  timeout_seconds   integer not null,
  max_per_hour      integer,
  max_per_day       integer,
  from_persona      boolean not null default false,
  state             text not null default 'active' check (state in ('active', 'paused', 'failed')),
  last_error        text,
  created_at        timestamptz not null default now(),

  -- Encrypted. What was valid before a rotation still is until then.
  token             bytea,
  secret            bytea,
  token_before      bytea,
  secret_before     bytea,
  before_until      timestamptz,

  -- Everything up to the cursor was dealt with; up to the other there may be something for it.
  cursor_seq        bigint not null,
  woken_seq         bigint not null default -1,
  -- What is being sent, fixed before the first attempt so that every one sends the same.
  batch             bigint[],
  -- What somebody wants sent again, beside all that.
  resend            bigint[] not null default '{}',
  attempt           integer not null default 0,
  due_at            timestamptz not null default now(),
  -- Whether the last answer kept us waiting: such ones get a part of the places only.
  is_slow           boolean not null default false,
  failing_since     timestamptz,
  last_failed_at    timestamptz,
  last_delivered_at timestamptz,
  -- Changed by owners with the address, the token and the like: what was tried before says nothing about it.
  version           integer not null default 0,
  -- Who delivers, and until when nobody else does.
  lease_token       uuid,
  leased_until      timestamptz not null default '-infinity'
) with (fillfactor = 50);
create index webhooks_of_bot on webhooks (bot_id, id);
create unique index webhooks_of_persona on webhooks (bot_id) where from_persona;
create index webhooks_due on webhooks (is_slow, due_at) where state = 'active' and woken_seq > cursor_seq;
create index webhooks_resend on webhooks (id) where state = 'active' and resend <> '{}';
create index webhooks_new on webhooks (id) where woken_seq = -1;
create index webhooks_leased on webhooks (leased_until);

-- What became of it: for owners to look at, and for the budgets. Delivery itself needs none of it. No foreign key: to remove
-- a webhook with all that it ever sent would take its time, and rows are removed by their age in any case.
create table webhook_deliveries (
  webhook_id  bigint not null,
  seq         bigint not null,
  bot_id      bigint not null,
  actor_id    bigint not null,
  event_id    bigint,
  reasons     text[] not null,
  state       text not null check (state in ('delivered', 'retrying', 'dead', 'skipped', 'queued')),
  skip_reason text,
  -- The first of those that were sent together.
  digest_of   bigint,
  attempts    jsonb not null default '[]',
  run_id      text,
  at          timestamptz not null default now(),
  primary key (webhook_id, seq)
);
create index webhook_deliveries_by_state on webhook_deliveries (webhook_id, state, seq);
create index webhook_deliveries_of_bot on webhook_deliveries (bot_id, at);
create index webhook_deliveries_turns on webhook_deliveries (bot_id, at)
  where state = 'delivered' and (digest_of is null or digest_of = seq);
create index webhook_deliveries_age on webhook_deliveries (at);

-- What is answered has one name, whether it was found in the inbox or sent.
alter table inbox add column event_id bigint;
