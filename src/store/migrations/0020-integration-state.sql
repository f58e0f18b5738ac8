-- What the scripts of an integration remember from one call to the next.
create table sluice.integration_state (
  env_id text collate "C" not null,
  integration_id text collate "C" not null,
  key text collate "C" not null,
  -- JSON as it goes out again; text, because nothing here looks into it.
  value text not null,
  primary key (env_id, integration_id, key)
);
