DROP VIEW feedback_records;
DROP TABLE feedback_used_challenges;
DROP TABLE feedback_limits;
DROP TABLE feedback_events;
DROP TABLE feedback;
