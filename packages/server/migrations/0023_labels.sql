-- What humans want everybody to know of a post before it is read. Null for nearly every post; never on a plain repost, which
-- shows what is on its original.
alter table posts add column label text check (char_length(label) between 1 and 40);
