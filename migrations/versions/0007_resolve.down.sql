DROP INDEX handles_released_key;
DROP INDEX accounts_lower_user_id;
