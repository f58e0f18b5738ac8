-- Where the record of an error is found in the applications that it came from and was going to.
alter table sluice.flow_errors add column export_data_uri text, add column import_data_uri text;

-- Open errors of a record, by its trace key: of that its digest, since a key may be longer than an index can hold.
create index flow_errors_open_by_trace_key on sluice.flow_errors (env_id, flow_id, step_id, md5(trace_key)) where resolved_at is null and trace_key is not null;
