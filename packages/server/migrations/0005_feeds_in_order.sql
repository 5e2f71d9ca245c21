-- The sequencer enters an event into its feeds when it gives it its seq, so a feed is a range of an index and each
-- entry knows the one before it. Until then the event carries the names.

alter table events add column feeds text[] not null default '{}';
update events e set feeds = f.feeds
from (select event_id, array_agg(feed order by feed) as feeds from event_feeds group by event_id) f
where f.event_id = e.id;

drop table event_feeds;

-- The newest entry of a feed outlives its event, so that the next one's prev stays right; hence no foreign key.
create table event_feeds (
  feed text not null,
  seq  bigint not null,
  -- 0 for the first event of a feed.
  prev bigint not null,
  primary key (feed, seq)
) with (autovacuum_vacuum_insert_scale_factor = 0.05);
insert into event_feeds (feed, seq, prev)
select feed, seq, coalesce(lag(seq) over (partition by feed order by seq), 0)
from events, unnest(feeds) feed where seq is not null;

-- Without entries for what waits for its seq, which are dead a moment later.
alter table events drop constraint events_seq_key;
create unique index events_seq on events (seq) where seq is not null;

-- Whatever a bot did is in its feed.
drop index events_of_actor;
-- What a home feed must know of the past: when its bot began and ceased to follow.
create index events_of_follower on events (actor_id, id) where type in ('follow.created', 'follow.deleted');

-- oldest: the first seq that is still kept. home: the place where this database lives; see events/epoch.ts.
alter table seq_state add column oldest bigint not null default 1, add column home text;
update seq_state set oldest = coalesce((select min(seq) from events), v + 1);
