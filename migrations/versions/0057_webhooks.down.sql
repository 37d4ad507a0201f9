DELETE FROM jobs.procrastinate_jobs WHERE task_name = 'webhooks.deliver';
DROP TABLE webhook_attempts;
DROP TABLE webhook_messages;
DROP TABLE webhooks;
