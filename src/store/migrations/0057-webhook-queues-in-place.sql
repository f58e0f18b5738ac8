-- What receives events changes the row of their queue with each commit. An index that names `waiting` made each of these changes an entry of every index of the
-- table; without it, and with room in its page, the row is changed in place. There is a row for each flow with a webhook: those that wait are found without it.
drop index if exists sluice.webhook_queues_waiting;
alter table sluice.webhook_queues set (fillfactor = 25);
