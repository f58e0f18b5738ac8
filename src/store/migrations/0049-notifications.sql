-- What users are told of, by mail and by webhook.

-- Who has subscribed to what: to the flows of an integration (or none, of those that belong to no integration), to a flow, or to a connection.
create table sluice.notifications (
  env_id text collate "C" not null,
  kind text collate "C" not null,
  subject_id text collate "C" not null,
  user_id text collate "C" not null,
  _id text collate "C" not null,
  created_at timestamptz not null,
  primary key (env_id, kind, subject_id, user_id)
);
create index notifications_of_user on sluice.notifications (env_id, user_id, created_at, _id);

-- How users want to be told. Their webhook's secret is sealed.
create table sluice.notification_settings (
  user_id text collate "C" primary key,
  doc jsonb not null,
  secret text
);

-- What happened and has not been told yet, gathered: a thousand errors of a step are one row, written in the transaction that writes the errors.
create table sluice.notices (
  env_id text collate "C" not null,
  kind text collate "C" not null,
  -- The flow, API or tool; for an assignment to errors of a whole integration that integration; empty where there is none.
  place_id text collate "C" not null,
  -- The step, connection, licence or user.
  subject_id text collate "C" not null,
  num bigint not null,
  detail jsonb not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  primary key (env_id, kind, place_id, subject_id)
) with (fillfactor = 70); -- rewritten with every page that fails: room for updates in place
create index notices_first on sluice.notices (first_at);

create function sluice.note(of_env text, of_kind text, of_place text, of_subject text, times bigint, told jsonb, at timestamptz) returns void language sql as $$
  insert into sluice.notices as n (env_id, kind, place_id, subject_id, num, detail, first_at, last_at)
  values (of_env, of_kind, of_place, of_subject, times, told, at, at)
  on conflict (env_id, kind, place_id, subject_id) do update set num = n.num + excluded.num, detail = n.detail || excluded.detail,
    last_at = greatest(n.last_at, excluded.last_at)
$$;

-- Nothing is noted of environments in which nobody has subscribed to anything.
create function sluice.note_failed_run() returns trigger language plpgsql as $$
begin
  if exists (select from sluice.notifications where env_id = new.env_id) then
    perform sluice.note(new.env_id, 'run', new._flow_id, '', 1, jsonb_build_object('jobId', new._id), new.ended_at);
  end if;
  return null;
end
$$;
create trigger note_failed_run after update on sluice.jobs for each row
  when (old.ended_at is null and new.ended_at is not null and new.status = 'failed' and new._flow_job_id is null) execute function sluice.note_failed_run();

create function sluice.note_errors() returns trigger language plpgsql as $$
begin
  if exists (select from sluice.notifications where env_id = new.env_id) then
    perform sluice.note(new.env_id, 'errors', new.flow_id, new.step_id, new.num_error - case when tg_op = 'UPDATE' then old.num_error else 0 end, '{}',
      coalesce(new.last_error_at, now()));
  end if;
  return null;
end
$$;
create trigger note_first_errors after insert on sluice.open_errors for each row when (new.num_error > 0) execute function sluice.note_errors();
create trigger note_errors after update on sluice.open_errors for each row when (new.num_error > old.num_error) execute function sluice.note_errors();

create function sluice.note_connection() returns trigger language plpgsql as $$
declare
  is_offline boolean := coalesce(new.doc -> 'offline' = 'true', false);
begin
  if is_offline <> coalesce(old.doc -> 'offline' = 'true', false) and exists (select from sluice.notifications where env_id = new.env_id) then
    perform sluice.note(new.env_id, 'connection', '', new._id, 1, jsonb_build_object('offline', is_offline), now());
  end if;
  return null;
end
$$;
create trigger note_connection after update of doc on sluice.documents for each row
  when (new.collection = 'connections' and old.doc -> 'offline' is distinct from new.doc -> 'offline') execute function sluice.note_connection();

-- Licences whose end was told of already, and so many days ahead.
create table sluice.license_warnings (
  account_id text collate "C" not null,
  license_id text collate "C" not null,
  ends_at timestamptz not null,
  days integer not null,
  primary key (account_id, license_id, ends_at, days)
);
create index licenses_by_end on sluice.licenses (coalesce(expires, trial_end_date)) where integration_id is not null;

-- Messages to users: written in the transaction that takes what they tell out of the notices, sent by whichever program claims them first.
create table sluice.outbox (
  _id text collate "C" primary key,
  env_id text collate "C" not null,
  user_id text collate "C" not null,
  channel text not null,
  is_daily boolean not null,
  payload jsonb not null,
  created_at timestamptz not null,
  due_at timestamptz not null,
  attempts integer not null default 0,
  status text not null default 'waiting',
  ended_at timestamptz,
  error text
);
create index outbox_due on sluice.outbox (due_at) where status = 'waiting';
create index outbox_of_user on sluice.outbox (user_id, created_at desc, _id desc);
create index outbox_ended on sluice.outbox (ended_at) where ended_at is not null;
-- What is told once a day gathers in one message.
create unique index outbox_daily on sluice.outbox (env_id, user_id, channel) where is_daily and status = 'waiting' and attempts = 0;
