-- Which integration is a clone of which, and what in it stands for what: ids are translated by it in both directions.

create table sluice.clones (
  env_id text collate "C" not null,
  integration_id text collate "C" not null,
  source_env_id text collate "C" not null,
  source_integration_id text collate "C" not null,
  cloned_at timestamptz not null,
  primary key (env_id, integration_id)
);
create index clones_by_source on sluice.clones (source_env_id, source_integration_id, cloned_at, integration_id);

-- Documents, groups of the integration, and connections that steps were bound to (shared ones stand for themselves).
create table sluice.clone_pairs (
  env_id text collate "C" not null,
  integration_id text collate "C" not null,
  collection text collate "C" not null,
  source_id text collate "C" not null,
  target_id text collate "C" not null,
  primary key (env_id, integration_id, collection, source_id)
);
