-- Where in its flow a record that failed goes on when it is sent again, and what of it has been sent. Null is the first place of the step.
-- json, not jsonb: it holds what applications answered, and may hold what jsonb refuses, such as U+0000.
alter table sluice.retry_data add column place json;
