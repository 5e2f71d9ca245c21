-- How long an answer is kept: that to an event that an agent was sent may be asked for again for as long as the log is.
alter table idempotency_keys add column kept interval not null default '24 hours';
