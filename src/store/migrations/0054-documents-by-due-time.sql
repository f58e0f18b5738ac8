-- Asked for once a minute: those whose time has come, and those whose time is not known. A flow is in it under the conditions of documents_scheduled.
create index concurrently if not exists documents_due on sluice.documents (coalesce(not_due_before, '-infinity'::timestamptz), env_id, _id)
  where collection = 'flows' and deleted_at is null and doc ->> 'disabled' is distinct from 'true'
    and (doc ? 'schedule' or jsonb_path_exists(doc, '$.pageGenerators[*].schedule'));
