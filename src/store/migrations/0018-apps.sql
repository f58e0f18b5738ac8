-- Who may install which Integration App, and where it is installed. Both tie two accounts together: the publisher's and the one that installs.

create table sluice.licenses (
  -- Whose licence it is.
  account_id text collate "C" not null,
  _id text collate "C" not null,
  connector_env_id text collate "C" not null,
  connector_id text collate "C" not null,
  email text not null,
  edition_id text collate "C",
  expires timestamptz,
  trial_end_date timestamptz,
  opts jsonb,
  created_at timestamptz not null,
  last_modified timestamptz not null,
  -- The installation that it is used for.
  env_id text collate "C",
  integration_id text collate "C",
  primary key (account_id, _id)
);
create index licenses_by_connector on sluice.licenses (connector_env_id, connector_id, _id);
create unique index licenses_in_use on sluice.licenses (env_id, integration_id);

create table sluice.installations (
  env_id text collate "C" not null,
  integration_id text collate "C" not null,
  account_id text collate "C" not null,
  user_id text collate "C" not null,
  connector_env_id text collate "C" not null,
  connector_id text collate "C" not null,
  -- The installation that a child belongs to; its own id where it is none.
  root_id text collate "C" not null,
  edition_id text collate "C",
  -- False for a publisher's own, which run without a licence.
  needs_license boolean not null,
  -- Whether the packaged resources have been installed.
  packaged boolean not null default false,
  -- Since when its flows do not run.
  paused_at timestamptz,
  installed_at timestamptz not null,
  -- One function of the app at a time: who is at it, and until when at the latest.
  busy_with text,
  busy_until timestamptz,
  primary key (env_id, integration_id)
);
create index installations_by_connector on sluice.installations (connector_env_id, connector_id, env_id, integration_id);
create index installations_by_root on sluice.installations (env_id, root_id);
