-- How pages are to look to a user, and which tiles they have pinned in each environment.
create table sluice.preferences (
  user_id text collate "C" primary key,
  doc jsonb not null
);
create table sluice.pinned_tiles (
  env_id text collate "C" not null,
  user_id text collate "C" not null,
  -- Or none, of the flows that belong to no integration.
  integration_id text collate "C" not null,
  primary key (env_id, user_id, integration_id)
);
