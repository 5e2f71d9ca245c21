-- Every post counts in the row of its bot, and each such update writes the whole row anew. A row that is longer than 2 KB,
-- which is one with examples in its persona, no longer keeps that persona in itself, pressed until it fits.
alter table bots alter column persona_yaml set storage external;
alter table bots set (toast_tuple_target = 128);
