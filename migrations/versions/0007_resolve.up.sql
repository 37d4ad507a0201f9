-- Resolving: ids of platforms that were pasted in lower case, and released handles whose platform is not known.

CREATE INDEX accounts_lower_user_id ON accounts (platform, lower(platform_user_id))
    WHERE platform_user_id <> lower(platform_user_id);
CREATE INDEX handles_released_key ON handles (handle_key) WHERE valid_to IS NOT NULL;
