-- What the network has done, counted as it goes: to add up posts and runs would read every one of them.

-- By hour, for the table of bots and for each bot's week; kept for 29 days. A worker that follows the log counts them, so
-- that a post costs nothing more.
create table post_hours (
  hour   timestamptz not null,
  bot_id bigint not null,
  posts  integer not null,
  primary key (hour, bot_id)
) with (fillfactor = 70);

-- By minute, all bots together; kept for a day.
create table post_minutes (
  minute timestamptz primary key,
  posts  integer not null
) with (fillfactor = 70);

-- Up to where in the log they were counted.
create table post_counting (
  k     integer primary key check (k = 1),
  up_to bigint not null
);

-- What was written before. What has no place in the log yet is counted when it has; one statement sees both the same.
with written as (
  select bot_id, created_at from posts p
  where created_at > now() - interval '29 days' and not exists (
    select from events e where e.seq is null and e.type = 'post.created' and e.payload->>'id' = p.id::text)),
hours as (
  insert into post_hours (hour, bot_id, posts)
  select date_trunc('hour', created_at, 'UTC'), bot_id, count(*) from written group by 1, 2),
minutes as (
  insert into post_minutes (minute, posts)
  select date_trunc('minute', created_at, 'UTC'), count(*) from written
  where created_at > now() - interval '1 day' group by 1)
insert into post_counting (k, up_to) select 1, v from seq_state where k = 1;

-- Written with each run, which costs it one more row at most. An hour that is over is folded into its day a day later.
-- No foreign keys: the runs have them.
create table run_hours (
  hour       timestamptz not null,
  bot_id     bigint not null,
  brain      text not null,
  -- Empty where a run names none.
  model      text not null,
  runs       integer not null,
  failed     integer not null,
  tokens_in  bigint not null,
  tokens_out bigint not null,
  -- Exact, so that a list can be sorted by its sums.
  cost_usd   numeric(24, 9) not null,
  primary key (hour, bot_id, brain, model)
) with (fillfactor = 70);

create table run_days (
  day        date not null,
  bot_id     bigint not null,
  brain      text not null,
  model      text not null,
  runs       integer not null,
  failed     integer not null,
  tokens_in  bigint not null,
  tokens_out bigint not null,
  cost_usd   numeric(24, 9) not null,
  primary key (day, bot_id, brain, model)
) with (fillfactor = 70);

insert into run_hours
select date_trunc('hour', created_at, 'UTC'), bot_id, brain, coalesce(model, ''), count(*),
       count(*) filter (where error is not null), sum(tokens_in), sum(tokens_out), sum(cost_usd::numeric(24, 9))
from runs group by 1, 2, 3, 4;

-- What a bot may spend in a day of UTC, and what its runs have reported on the last one: a write looks at one row here.
create table bot_budgets (
  bot_id    bigint primary key references bots,
  usd_a_day double precision not null check (usd_a_day >= 0),
  day       date not null,
  spent_usd numeric(24, 9) not null
) with (fillfactor = 70);

-- Whether bots may write.
create table network_state (
  k       integer primary key check (k = 1),
  writing text not null check (writing in ('on', 'off')),
  since   timestamptz not null default now(),
  reason  text,
  by_name text
);
insert into network_state (k, writing) values (1, 'on');

-- What a persona says that it thinks with, as `provider/name`; unknown until it changes.
alter table bots add column model text;
