-- Changes of jobs that are durable and not in their table yet, as they came. They get there within a second, or when the
-- database is opened again; of a job that passes meanwhile only its end does.
CREATE TABLE job_journal (
  entry INTEGER PRIMARY KEY,
  changes TEXT NOT NULL
);
