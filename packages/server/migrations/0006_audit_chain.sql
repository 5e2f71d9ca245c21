-- A hash chain over the audit log: no row can be changed, taken out or put in between without a trace.

-- A link for each row of audit_log, in the order of its ids. No foreign key: a link without its row is how a deletion
-- shows. Links are written once, so that nobody needs the right to update either table.
create table audit_chain (
  n      bigint primary key check (n > 0),
  row_id bigint not null,
  digest bytea not null check (octet_length(digest) = 32),
  hash   bytea not null check (octet_length(hash) = 32)
);

-- The newest link, without which an end that was cut off would not be missed.
create table audit_head (
  k           integer primary key check (k = 1),
  n           bigint not null,
  row_id      bigint not null,
  hash        bytea not null check (octet_length(hash) = 32),
  -- Rows up to this id are all there as soon as none of these transactions is under way.
  settling_id bigint,
  writers     text[] not null default '{}'
);
insert into audit_head (k, n, row_id, hash) values (1, 0, 0, decode(repeat('00', 32), 'hex'));
