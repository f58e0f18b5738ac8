-- Documents, runs, errors and data lie in an environment of an account. Production has the id of its account, so nothing moves.

alter table sluice.documents rename column account_id to env_id;
alter table sluice.edges rename column account_id to env_id;
alter table sluice.jobs rename column account_id to env_id;
alter table sluice.flow_errors rename column account_id to env_id;
alter table sluice.retry_data rename column account_id to env_id;
alter table sluice.open_errors rename column account_id to env_id;
alter table sluice.lookup_cache_data rename column account_id to env_id;

-- The environment that a token works in.
alter table sluice.tokens add column env_id text collate "C";
update sluice.tokens set env_id = account_id;
alter table sluice.tokens alter column env_id set not null;
