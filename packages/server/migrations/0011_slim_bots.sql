-- Every post counts in the row of its bot, and each such update writes the whole row anew: the persona, nine tenths of it,
-- is to lie elsewhere.
alter table bots alter column persona_yaml set storage external;
alter table bots set (toast_tuple_target = 128);
