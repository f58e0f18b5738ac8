-- Connections that do not answer, and when each is asked again whether it works.
create table sluice.offline_pings (
  env_id text collate "C" not null,
  connection_id text collate "C" not null,
  next_at timestamptz not null,
  tries integer not null default 0,
  primary key (env_id, connection_id)
);
create index offline_pings_by_time on sluice.offline_pings (next_at);

-- Those that went offline before: within an hour, and not all at once.
insert into sluice.offline_pings (env_id, connection_id, next_at)
select env_id, _id, now() + random() * interval '1 hour' from sluice.documents
where collection = 'connections' and deleted_at is null and doc -> 'offline' = 'true' and doc ->> 'lastPingStatus' = 'failed'
on conflict do nothing;

-- Flows that were due while a connection of theirs was offline. Null are all page generators.
create table sluice.paused_flows (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  export_ids text[] collate "C",
  primary key (env_id, flow_id)
);
