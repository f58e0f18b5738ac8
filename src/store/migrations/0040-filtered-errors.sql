-- Open errors of a step by what lists filter by, in the order of the list: a page costs the same among a million.
create index flow_errors_open_by_code on sluice.flow_errors (env_id, flow_id, step_id, code, occurred_at desc, error_id desc) where resolved_at is null;
create index flow_errors_open_by_source on sluice.flow_errors (env_id, flow_id, step_id, source, occurred_at desc, error_id desc) where resolved_at is null;
create index flow_errors_open_by_classification on sluice.flow_errors (env_id, flow_id, step_id, classification, occurred_at desc, error_id desc) where resolved_at is null;
create index flow_errors_open_by_assignee on sluice.flow_errors (env_id, flow_id, step_id, assigned_to, occurred_at desc, error_id desc) where resolved_at is null and assigned_to is not null;
create index flow_errors_open_tagged on sluice.flow_errors (env_id, flow_id, step_id, occurred_at desc, error_id desc) where resolved_at is null and tag_ids <> '{}';
