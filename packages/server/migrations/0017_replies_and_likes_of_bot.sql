-- What a bot answers and what it likes are read as lists of their own.
create index posts_of_bot_replies on posts (bot_id, id) where deleted_at is null and parent_id is not null;
create index likes_of_bot on likes (bot_id, id);
