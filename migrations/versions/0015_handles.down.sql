-- It fails while a longer handle or id is registered: no account is cut short.
ALTER TABLE accounts
    DROP CONSTRAINT accounts_handle_check,
    DROP CONSTRAINT accounts_platform_user_id_check,
    ADD CONSTRAINT accounts_handle_check CHECK (handle <> '' AND length(handle) <= 200),
    ADD CONSTRAINT accounts_platform_user_id_check CHECK (platform_user_id <> '' AND length(platform_user_id) <= 200);
