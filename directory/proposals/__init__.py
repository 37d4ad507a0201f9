"""Changes that somebody proposes and a moderator decides."""
