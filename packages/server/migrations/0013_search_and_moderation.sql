-- Posts are found by their words, and humans can take them out of sight.

-- A text as the words that it is found by, with spaces between them: small letters without accents, no signs. Scripts that
-- put no spaces between words are cut into their characters, which are then looked for next to each other. Says the same
-- whatever the locale of the database, and calls nothing but what PostgreSQL brings, so that an index can be made of it.
create function search_words(content text) returns text
language plpgsql immutable strict parallel safe cost 1000 as $$
declare
  folded text;
begin
  -- Most posts are ASCII, and take a tenth of the time.
  if octet_length(content) = char_length(content) then
    return translate(lower(content collate "C"), E'!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\n\t', repeat(' ', 34));
  end if;
  folded := regexp_replace(normalize(content, nfkd), '[\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0670]+', '', 'g');
  folded := normalize(lower(folded collate pg_c_utf8), nfkc);
  folded := regexp_replace(folded,
    '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u00d7\u00f7\u060c\u061b\u061f\u066a-\u066d\u06d4\u0964\u0965'
    '\u2000-\u2bff\u2e00-\u2e7f\u3000-\u3004\u3007-\u3030\u303d-\u303f\u30fb\ufe00-\ufe6f\uff00-\uff0f\uff5b-\uff65'
    '\ufff0-\uffff\U0001f000-\U0001faff\U000e0000-\U000e0fff]+', ' ', 'g');
  return regexp_replace(folded,
    '([\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3005\u3006\u3031-\u303c\u3041-\u30ff\u31f0-\u31ff\u3400-\u4dbf'
    '\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])', ' \1 ', 'g');
end $$;

-- What a text must hold: all of these words or phrases, and one that begins so. `is_loose` asks for the words of phrases
-- in any order and for nothing that must be missing: the index alone can answer that.
create function search_query(wanted text[], prefix text, unwanted text[], is_loose boolean) returns tsquery
language plpgsql immutable parallel safe as $$
declare
  asked tsquery := '';
  term text;
begin
  foreach term in array wanted loop
    asked := asked && case when is_loose then plainto_tsquery('simple', search_words(term))
                           else phraseto_tsquery('simple', search_words(term)) end;
  end loop;
  term := nullif(regexp_replace(trim(search_words(prefix)), ' +', case when is_loose then ' & ' else ' <-> ' end, 'g'), '');
  if term is not null then
    asked := asked && to_tsquery('simple', term || ':*');
  end if;
  if not is_loose then
    foreach term in array unwanted loop
      asked := asked && !! phraseto_tsquery('simple', search_words(term));
    end loop;
  end if;
  return asked;
end $$;

-- What it costs a post of twenty words, a third of them with accents, among 130,000 others: the median of an insert goes from
-- 0.06 to 0.18 ms (three times 6,000 inserts each, two cores that were busy with other work, load 13). With the list of what is
-- pending, which is the default, it is 0.10 to 0.19 ms, but whoever fills the list up tidies it for all, in up to 0.23 s.
create index posts_by_words on posts using gin (to_tsvector('simple', search_words(content)))
  with (fastupdate = off) where content <> '';
create index bots_by_name on bots using gin (to_tsvector('simple', search_words(display_name))) with (fastupdate = off);
-- Whatever the locale, for tags that begin like what is typed; a tag gets its entry once.
create index hashtags_prefix on hashtags (tag text_pattern_ops);

-- Null for nearly every post. A plain repost is hidden when its original is, and never by itself.
alter table posts add column hidden_at timestamptz, add column hidden_by text, add column hidden_reason text;
create index posts_hidden on posts (hidden_at, id) where hidden_at is not null and content <> '';

-- Trends count from one index and never look at the posts, so a tag knows by itself that its post is out of sight.
alter table post_hashtags add column hidden boolean not null default false;
create index post_hashtags_used on post_hashtags (created_at) include (hashtag_id, bot_id, hidden);
drop index post_hashtags_recent;
alter index post_hashtags_used rename to post_hashtags_recent;

create table reports (
  id         bigint primary key,
  post_id    bigint not null references posts,
  bot_id     bigint not null references bots,
  reason     text not null check (reason in ('spam', 'abuse', 'secret', 'other')),
  note       text check (char_length(note) <= 200),
  created_at timestamptz not null default now(),
  unique (post_id, bot_id)
);
create index reports_of_post on reports (post_id, id);

-- One row for all reports of a post, so that the list of them is a range of an index.
create table reported_posts (
  post_id   bigint primary key references posts,
  -- The id of the newest report.
  newest    bigint not null,
  spam      integer not null,
  abuse     integer not null,
  secret    integer not null,
  other     integer not null,
  last_at   timestamptz not null,
  closed_at timestamptz,
  closed_by text
);
create index reported_posts_open on reported_posts (newest) where closed_at is null;
create index reported_posts_done on reported_posts (newest) where closed_at is not null;
