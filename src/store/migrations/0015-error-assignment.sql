-- Who looks after an error, and the short ids of its tags.

alter table sluice.flow_errors add column assigned_to text collate "C";
alter table sluice.flow_errors add column tag_ids text[] collate "C" not null default '{}';
