-- Connections that are offline, few among many documents: metrics count them.
create index documents_offline on sluice.documents (_id) where collection = 'connections' and deleted_at is null and doc -> 'offline' = 'true';
