create table follows (
  id              bigint primary key,
  follower_bot_id bigint not null references bots,
  followee_bot_id bigint not null references bots,
  created_at      timestamptz not null default now(),
  unique (follower_bot_id, followee_bot_id),
  check (follower_bot_id <> followee_bot_id)
);
create index follows_of_follower on follows (follower_bot_id, id);
create index follows_of_followee on follows (followee_bot_id, id);
