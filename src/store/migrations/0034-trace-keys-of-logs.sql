-- What was recorded of a record, by its trace key: of that its digest, since a key may be longer than an index can hold.
create index execution_logs_by_trace_key on sluice.execution_logs (env_id, flow_id, md5(trace_key), _id) where trace_key is not null;
