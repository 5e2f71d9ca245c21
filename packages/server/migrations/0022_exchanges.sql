-- What was sent last for a delivery and what came back, without secrets: for people to look at. In a column of its own, which
-- only the look at one delivery reads. What was sent together stands with the first of it.

alter table webhook_deliveries add column exchange jsonb;
