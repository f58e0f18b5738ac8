-- States that files were made of: a later import of these files is merged from there, so they stay.
create table sluice.exported_states (
  env_id text collate "C" not null,
  integration_id text collate "C" not null,
  tree text collate "C" not null,
  exported_at timestamptz not null default now(),
  primary key (env_id, integration_id, tree)
);
create index exported_states_by_age on sluice.exported_states (exported_at);

-- What files of an integration that lies elsewhere (on another server) last brought, and the same state as it is here.
create table sluice.file_origins (
  env_id text collate "C" not null,
  integration_id text collate "C" not null,
  origin_id text collate "C" not null,
  origin_tree text collate "C" not null,
  tree text collate "C" not null,
  primary key (env_id, integration_id, origin_id)
);

-- Ids in files, and what stands for each of them here.
create table sluice.file_pairs (
  env_id text collate "C" not null,
  integration_id text collate "C" not null,
  origin_id text collate "C" not null,
  collection text collate "C" not null,
  source_id text collate "C" not null,
  target_id text collate "C" not null,
  primary key (env_id, integration_id, origin_id, collection, source_id)
);
