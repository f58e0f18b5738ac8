-- States of integrations, stored by their content: what two states have in common lies here once.

-- Definitions of resources, as canonical JSON, by its SHA-256.
create table sluice.definitions (
  env_id text collate "C" not null,
  hash text collate "C" not null,
  text text not null,
  added_at timestamptz not null default now(),
  primary key (env_id, hash)
);

-- Which resources a state has: one line each, collection, id and hash of the definition, in that order.
create table sluice.trees (
  env_id text collate "C" not null,
  hash text collate "C" not null,
  nodes text not null,
  added_at timestamptz not null default now(),
  primary key (env_id, hash)
);

-- Hashes of definitions as they were last worked out, by the version of the row they were read from: a document that did not change is not read again.
create table sluice.definition_hashes (
  env_id text collate "C" not null,
  collection text collate "C" not null,
  _id text collate "C" not null,
  version text collate "C" not null,
  hash text collate "C" not null,
  primary key (env_id, collection, _id)
);

create table sluice.revisions (
  env_id text collate "C" not null,
  integration_id text collate "C" not null,
  _id text collate "C" not null,
  status text not null,
  -- What every read answers.
  doc jsonb not null,
  -- What it takes to carry the revision out: trees, pairs of ids, resolutions, install steps.
  work jsonb not null default '{}',
  -- Every tree that it names: these stay.
  trees text[] not null,
  created_at timestamptz not null,
  primary key (env_id, integration_id, _id)
);
-- One open pull or revert of an integration.
create unique index revisions_open on sluice.revisions (env_id, integration_id) where status = 'inprogress';
create index revisions_by_age on sluice.revisions (created_at);

-- What two direct relatives last had in common: the state of the source as the clone has taken it in, and the same state as it is in the clone, which
-- differs on purpose (names, connections, what is switched off).
create table sluice.shared_states (
  env_id text collate "C" not null,
  -- The clone.
  integration_id text collate "C" not null,
  source_env_id text collate "C" not null,
  source_tree text collate "C" not null,
  tree text collate "C" not null,
  primary key (env_id, integration_id)
);
