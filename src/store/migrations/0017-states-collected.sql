-- Environments that states are kept of, and when each was last looked through for states that nothing names.

create table sluice.state_environments (
  env_id text collate "C" primary key,
  collected_at timestamptz not null default now()
);
insert into sluice.state_environments (env_id) select distinct env_id from sluice.trees;
create index state_environments_by_time on sluice.state_environments (collected_at);
