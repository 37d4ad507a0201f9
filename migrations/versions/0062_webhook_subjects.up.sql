ALTER TABLE webhooks ADD COLUMN places tsquery;
COMMENT ON COLUMN webhooks.places IS 'The regions, departments and platforms of the filter, for reports and proofs; NULL: all.';
ALTER TABLE webhook_messages
    ADD COLUMN feedback_id text COLLATE "C",
    ADD COLUMN evidence_id bigint,
    ADD CONSTRAINT webhook_messages_subject_check CHECK (num_nonnulls(feedback_id, evidence_id) <= 1);
COMMENT ON COLUMN webhook_messages.feedback_id IS 'The report that it is about: the body is written at the first attempt.';
COMMENT ON COLUMN webhook_messages.evidence_id IS 'The check that it is about: the body is written at the first attempt.';

CREATE FUNCTION queue_webhook_messages(of_event text, about_feedback text, about_evidence bigint) RETURNS void
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE webhooks AS w SET disabled_at = now(), disabled_reason = 'too_many_waiting'
     WHERE of_event = ANY (w.events) AND w.disabled_at IS NULL
       AND (SELECT count(*) FROM webhook_messages AS m WHERE m.webhook_id = w.id AND m.state = 'waiting') >= 10000;
    INSERT INTO webhook_messages (webhook_id, event, feedback_id, evidence_id)
    SELECT w.id, of_event, about_feedback, about_evidence
      FROM webhooks AS w
     WHERE of_event = ANY (w.events) AND w.disabled_at IS NULL;
END $$;
COMMENT ON FUNCTION queue_webhook_messages(text, text, bigint) IS 'Queue a message for each webhook that gets an event. Writes: webhooks, webhook_messages.';

CREATE FUNCTION queue_feedback_messages() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM queue_webhook_messages('feedback.changed', CASE TG_TABLE_NAME WHEN 'feedback' THEN to_jsonb(NEW) ->> 'id'
                                                       ELSE to_jsonb(NEW) ->> 'feedback_id' END, NULL);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION queue_feedback_messages() IS 'Queue messages about a report that came, or that was decided. Writes: webhooks, webhook_messages.';
CREATE TRIGGER queue_feedback_messages AFTER INSERT ON feedback FOR EACH ROW EXECUTE FUNCTION queue_feedback_messages();
CREATE TRIGGER queue_feedback_messages AFTER INSERT ON feedback_events FOR EACH ROW EXECUTE FUNCTION queue_feedback_messages();

CREATE FUNCTION queue_proof_messages() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM queue_webhook_messages('proof.failed', NULL, NEW.id);
    RETURN NULL;
END $$;
COMMENT ON FUNCTION queue_proof_messages() IS 'Queue messages about a check that failed. Writes: webhooks, webhook_messages.';
CREATE TRIGGER queue_proof_messages AFTER INSERT ON account_evidence FOR EACH ROW
    WHEN (NEW.result = 'failed') EXECUTE FUNCTION queue_proof_messages();
