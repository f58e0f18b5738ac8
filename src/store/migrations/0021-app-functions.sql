-- What functions of Integration Apps change, as it was before. It is put back where a function fails, or its server dies.

create table sluice.app_before (
  -- The installation that the function is one of.
  env_id text collate "C" not null,
  root_id text collate "C" not null,
  -- `document`, `entry` of a lookup cache, `state`, `pair`, `edition`, `license`, or `run`, which there was not.
  kind text collate "C" not null,
  -- The collection, the cache or the integration.
  of text collate "C" not null,
  key text collate "C" not null,
  -- Null where there was none.
  value text,
  secrets text,
  -- The function itself removed it.
  removed boolean not null default false,
  primary key (env_id, root_id, kind, of, key)
);

-- Which of the integrations a function is at, and what it does there.
alter table sluice.installations add column busy_on text collate "C", add column busy_doing text;
create index installations_busy on sluice.installations (busy_until) where busy_with is not null;

-- Hashes of the code that was shown before the installation was begun. Null for those that were begun when nobody kept them.
alter table sluice.installations add column shown text[];

-- An account tries an app once.
alter table sluice.licenses add column is_trial boolean not null default false;
create unique index licenses_trial on sluice.licenses (account_id, connector_id) where is_trial;
-- Who may try an app has no licence that would tell where its connector is.
create table sluice.trials (
  connector_id text collate "C" primary key,
  env_id text collate "C" not null
);
insert into sluice.trials (connector_id, env_id)
  select _id, env_id from sluice.documents where collection = 'connectors' and doc ->> 'trialEnabled' = 'true' on conflict do nothing;
