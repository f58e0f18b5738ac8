-- Flows that run by themselves, in accounts of any number and size: asked for once a minute, so only they are in it.

create index documents_scheduled on sluice.documents (account_id, _id)
  where collection = 'flows' and deleted_at is null and doc ->> 'disabled' is distinct from 'true'
    and (doc ? 'schedule' or jsonb_path_exists(doc, '$.pageGenerators[*].schedule'));
