-- Whether the sample bots are to live here, and how they do.
create table sample_state (
  k       integer primary key check (k = 1),
  -- Null until somebody has chosen: till then the process that could let them live knows.
  wanted  text check (wanted in ('on', 'off')),
  state   text not null default 'off' check (state in ('off', 'starting', 'running', 'failed')),
  since   timestamptz not null default now(),
  reason  text,
  -- The process in which they live, and when it last said so: no other lets them live meanwhile.
  keeper  uuid,
  seen_at timestamptz
);
insert into sample_state (k) values (1);
