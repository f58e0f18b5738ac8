-- What applications sent to webhooks, until a run of the flow is done with it.

-- A row for each flow that a webhook feeds. Its lock gives events their numbers in the order in which they are committed, so none is ever read past.
create table sluice.webhook_queues (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  export_id text collate "C" not null,
  last_seq bigint not null,
  -- Events that wait, and their bytes.
  waiting bigint not null,
  bytes bigint not null,
  -- The run that takes them, or was the last one to; and whether it takes no more.
  job_id text collate "C",
  is_left boolean not null default false,
  primary key (env_id, flow_id, export_id)
);
-- Those that wait for a run.
create index webhook_queues_waiting on sluice.webhook_queues (env_id, flow_id, export_id) where waiting > 0;

create table sluice.webhook_events (
  env_id text collate "C" not null,
  flow_id text collate "C" not null,
  export_id text collate "C" not null,
  seq bigint not null,
  received_at timestamptz not null,
  -- The records of one request, as a JSON list.
  records text not null,
  bytes int not null,
  primary key (env_id, flow_id, export_id, seq)
);

-- Senders name a webhook by its id alone.
create index documents_webhooks on sluice.documents (_id) where collection = 'exports' and doc ->> 'adaptorType' = 'WebhookExport';
