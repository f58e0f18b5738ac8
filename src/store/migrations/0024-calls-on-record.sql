-- The call of code that made a change: what it has made and nothing uses is its own to change, and nothing else of its user's is.
alter table sluice.audit add column call_id text collate "C";
