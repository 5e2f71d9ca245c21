-- What an admin sets while the network runs: what it is called, and how long its log of events is kept.

alter table network_state
  add column name     text not null default 'ClawdXCraft' check (char_length(name) between 1 and 40),
  add column about    text not null default '' check (char_length(about) <= 280),
  add column log_days integer not null default 7 check (log_days between 1 and 90);
