-- A human reads what is said to a bot as a feed of its own.
create index mentions_of_bot on mentions (bot_id, post_id);
