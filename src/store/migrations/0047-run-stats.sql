-- Runs of flows that have ended, summed up by the hour, day and month (UTC) in which they were asked for, by flow, integration and outcome: a year of
-- runs is read from as few rows as a day of them. Kept by a trigger: in the transaction that ends a run, whichever statement or server ends it. Writers
-- of runs wait while those that ended before are counted, some seconds a million.
create table sluice.run_stats (
  env_id text collate "C" not null,
  unit text collate "C" not null,
  at timestamptz not null,
  flow_id text collate "C" not null,
  -- 'none' for flows without one.
  integration_id text collate "C" not null,
  status text collate "C" not null,
  num_runs bigint not null,
  -- Of those, runs that a worker took up; the times below are theirs.
  num_started bigint not null,
  num_success bigint not null,
  num_error bigint not null,
  num_ignore bigint not null,
  num_pages bigint not null,
  wait_ms bigint not null,
  runtime_ms bigint not null,
  last_created_at timestamptz not null,
  last_ended_at timestamptz not null,
  last_error_at timestamptz,
  primary key (env_id, unit, at, flow_id, integration_id, status)
) with (fillfactor = 70); -- rewritten with every run: room for updates in place
create index run_stats_of_flow on sluice.run_stats (env_id, flow_id, unit, at);

-- What one run adds, or takes away with -1.
create function sluice.count_run(run sluice.jobs, times integer) returns void language sql as $$
  insert into sluice.run_stats as s (env_id, unit, at, flow_id, integration_id, status, num_runs, num_started, num_success, num_error, num_ignore, num_pages,
    wait_ms, runtime_ms, last_created_at, last_ended_at, last_error_at)
  select run.env_id, unit, date_trunc(unit, run.created_at, 'UTC'), run._flow_id, coalesce(run._integration_id, 'none'), run.status, times,
    case when run.started_at is null then 0 else times end, times * run.num_success, times * run.num_error, times * run.num_ignore, times * run.num_pages_generated,
    times * coalesce(round(extract(epoch from run.started_at - run.created_at) * 1000), 0),
    times * coalesce(round(extract(epoch from run.ended_at - run.started_at) * 1000), 0),
    run.created_at, run.ended_at, case when run.num_error > 0 then run.ended_at end
  from unnest(array['hour', 'day', 'month']) unit
  on conflict (env_id, unit, at, flow_id, integration_id, status) do update set
    num_runs = s.num_runs + excluded.num_runs, num_started = s.num_started + excluded.num_started, num_success = s.num_success + excluded.num_success,
    num_error = s.num_error + excluded.num_error, num_ignore = s.num_ignore + excluded.num_ignore, num_pages = s.num_pages + excluded.num_pages,
    wait_ms = s.wait_ms + excluded.wait_ms, runtime_ms = s.runtime_ms + excluded.runtime_ms,
    last_created_at = greatest(s.last_created_at, excluded.last_created_at), last_ended_at = greatest(s.last_ended_at, excluded.last_ended_at),
    last_error_at = greatest(s.last_error_at, excluded.last_error_at)
$$;

-- A run that is canceled while a page is under way still gets the counts of that page: it is counted anew.
create function sluice.count_ended_run() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.ended_at is not null then
    perform sluice.count_run(old, -1);
  end if;
  perform sluice.count_run(new, 1);
  return null;
end
$$;
create trigger count_ended_run after insert or update on sluice.jobs for each row
  when (new.ended_at is not null and new.type = 'flow') execute function sluice.count_ended_run();

insert into sluice.run_stats
select env_id, unit, date_trunc(unit, created_at, 'UTC'), _flow_id, coalesce(_integration_id, 'none'), status, count(*), count(started_at),
  sum(num_success), sum(num_error), sum(num_ignore), sum(num_pages_generated),
  coalesce(sum(round(extract(epoch from started_at - created_at) * 1000)), 0), coalesce(sum(round(extract(epoch from ended_at - started_at) * 1000)), 0),
  max(created_at), max(ended_at), max(ended_at) filter (where num_error > 0)
from sluice.jobs cross join unnest(array['hour', 'day', 'month']) unit
where type = 'flow' and ended_at is not null
group by 1, 2, 3, 4, 5, 6;

-- Runs in which a record failed, by its trace key: of that its digest, since a key may be longer than an index can hold.
create index flow_errors_by_trace_key on sluice.flow_errors (env_id, md5(trace_key)) where trace_key is not null;
