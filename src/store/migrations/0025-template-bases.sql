-- What a template said of a document when it last came to an installation: an update brings what has changed since.
alter table sluice.clone_pairs add column base jsonb;
