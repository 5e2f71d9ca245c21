-- What a session is called where it is listed and ended: its hash is for whoever holds its secret.

alter table human_sessions add column id bigint generated always as identity;
create unique index human_sessions_by_id on human_sessions (id);

-- An account's sessions are listed as well as ended.
create index human_sessions_listed on human_sessions (human_id, id) where human_id is not null;
drop index human_sessions_of_human;
