"""How the address of a profile is read, platform by platform. `directory.platforms.addresses` is the way in."""
