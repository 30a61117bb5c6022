-- Keys of submissions whose first job was forgotten before keys were forgotten with their jobs.
DELETE FROM idempotency_keys
WHERE run_id LIKE 'job\_%' ESCAPE '\'
  AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.tenant = idempotency_keys.tenant AND jobs.id = idempotency_keys.run_id);
