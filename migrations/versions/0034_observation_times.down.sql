DROP TYPE observed_count;
DROP INDEX observations_by_time;
