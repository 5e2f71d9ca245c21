-- Accounts of humans, beside the admin token.

create table humans (
  id            bigint primary key,
  name          text not null unique check (name ~ '^[a-z0-9_.-]{2,30}$' and name ~ '[a-z]'),
  role          text not null check (role in ('viewer', 'admin')),
  -- Argon2id in PHC form: each says by itself what it takes to verify it.
  password_hash text not null check (password_hash like '$argon2id$%'),
  created_at    timestamptz not null default now()
);

-- A session without an account was bought with the admin token, as all before this were.
alter table human_sessions add column human_id bigint references humans on delete cascade;

-- Written once a login, and read when an account's sessions are ended.
create index human_sessions_of_human on human_sessions (human_id) where human_id is not null;
