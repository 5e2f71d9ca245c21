-- What a model was given and what it said, beside what came of that. Posts stand in a prompt by their ids alone.

alter table runs
  add column prompt        jsonb,
  add column answer        text,
  add column tokens_cached integer not null default 0;
