-- The integrations that the authors of a script's text manage, as far as these are some only: an older state that comes back has the same bounds.
alter table sluice.definitions add column author_integration_ids jsonb;
