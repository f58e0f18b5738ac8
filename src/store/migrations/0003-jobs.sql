-- Runs of flows, and of their steps.

create table sluice.jobs (
  account_id text collate "C" not null,
  _id text collate "C" not null,
  type text not null,
  status text not null,
  _flow_id text collate "C" not null,
  _integration_id text collate "C",
  _export_id text collate "C",
  _import_id text collate "C",
  _flow_job_id text collate "C",
  _user_id text collate "C",
  o_index integer,
  created_at timestamptz not null,
  last_modified timestamptz not null,
  started_at timestamptz,
  ended_at timestamptz,
  num_export bigint not null default 0,
  num_success bigint not null default 0,
  num_error bigint not null default 0,
  num_ignore bigint not null default 0,
  num_pages_generated bigint not null default 0,
  num_pages_processed bigint not null default 0,
  retriable boolean not null default false,
  error_message text,
  -- What the run was asked to do.
  run_order jsonb not null default '{}',
  -- What the last committed page left for the next one, or for the next worker.
  checkpoint jsonb,
  -- Counts up with every worker that takes the run up; a write under an older one is refused.
  epoch integer not null default 0,
  primary key (account_id, _id)
) with (fillfactor = 70); -- rewritten with every page of a run: room for updates in place
create index jobs_by_time on sluice.jobs (account_id, created_at desc, _id desc);
create index jobs_by_flow on sluice.jobs (account_id, _flow_id, created_at desc);
create index jobs_by_integration on sluice.jobs (account_id, _integration_id, created_at desc);
create index jobs_of_run on sluice.jobs (account_id, _flow_job_id) where _flow_job_id is not null;

-- Workers that are alive say so here; a run of one that does not is taken up by another.
create table sluice.workers (
  worker_id text primary key,
  seen_at timestamptz not null
);
