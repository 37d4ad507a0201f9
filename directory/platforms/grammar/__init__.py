"""The grammar of profile URLs and handles, by platform; `directory.platforms.addresses` is its interface."""
