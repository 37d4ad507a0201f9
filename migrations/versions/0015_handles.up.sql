-- A handle on Mastodon is a name of up to 60 characters and a host name of up to 253 (RFC 1035, 2.3.4).
ALTER TABLE accounts
    DROP CONSTRAINT accounts_handle_check,
    DROP CONSTRAINT accounts_platform_user_id_check,
    ADD CONSTRAINT accounts_handle_check CHECK (handle <> '' AND length(handle) <= 320),
    ADD CONSTRAINT accounts_platform_user_id_check CHECK (platform_user_id <> '' AND length(platform_user_id) <= 320);
