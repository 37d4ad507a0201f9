"""Typed reading of settings from environment variables, with an error message for each kind of value."""

import difflib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, TypeVar
from urllib.parse import urlsplit

Choice = TypeVar("Choice", bound=str)

_MAIL_ADDRESS: Final = r"[^\s@:]+@[^\s@]+"
# Of hexadecimal digits these are 128 bits.
SECRET_LENGTH: Final = 32
_WEB_URL: Final = r"https?://[^\s/]\S*"

# Settings by their names before the first release.
_RENAMED: Final = {
    "DIRECTORY_ANSWER_CACHE_BYTES": "DIRECTORY_RESPONSE_CACHE_BYTES",
    "DIRECTORY_SPOOL_BYTES": "DIRECTORY_DOWNLOAD_CACHE_BYTES",
    "DIRECTORY_SPOOL_DIR": "DIRECTORY_DOWNLOAD_CACHE_DIR",
    "DIRECTORY_STARTER": "DIRECTORY_SEED_DATA",
}


class ConfigError(Exception):
    """An unusable setting; the message names the variable, its value and the remedy."""

    def __init__(self, name: str, value: str, remedy: str) -> None:
        """Name the variable, its unusable value and the remedy."""
        super().__init__(f"{name}={value!r} cannot be used: {remedy}")
        self.name = name


# environs would read the values, too, but its messages name no remedy, and it refuses no unknown name.
class Environment:
    """Read settings from an environment one by one, and remember their names to refuse unknown ones."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._known: set[str] = set()

    def text(self, name: str) -> str | None:
        """Return the value without outer white space; an empty one counts as not set."""
        self._known.add(name)
        value = self._environ.get(name, "").strip()
        if any(not character.isprintable() for character in value):
            raise ConfigError(name, value, "take the control characters out")
        return value or None

    def integer(self, name: str, default: int, *, low: int, high: int | None = None) -> int:
        """Return an integer from `low` to `high`, both included; `default` where nothing is set."""
        number = self._number(name, low=low, high=high, otherwise=f"unset it for {default}")
        return default if number is None else number

    def optional_integer(self, name: str, *, low: int, high: int) -> int | None:
        """Return an integer from `low` to `high`, both included, or None where nothing is set."""
        return self._number(name, low=low, high=high, otherwise="unset it")

    def _number(self, name: str, *, low: int, high: int | None, otherwise: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        # int() alone also takes `1_000` and the digits of other scripts.
        number = int(value) if re.fullmatch(r"[0-9]{1,18}", value) else -1
        if number < low or (high is not None and number > high):
            bounds = f"from {low} to {high}" if high is not None else f"of at least {low}"
            raise ConfigError(name, value, f"set a whole number {bounds}, or {otherwise}")
        return number

    def choice(self, name: str, choices: Sequence[Choice]) -> Choice | None:
        """Return one of `choices`, or None where nothing is set; the first of them is the default."""
        value = self.text(name)
        if value is None:
            return None
        for choice in choices:
            if value == choice:
                return choice
        raise ConfigError(name, value, f"choose {' or '.join(choices)}, or unset it for {choices[0]}")

    def path(self, name: str, default: Path) -> Path:
        """Return an absolute path; `~` is the home folder."""
        value = self.text(name)
        try:
            return Path(value or default).expanduser().absolute()
        except RuntimeError as error:
            raise ConfigError(name, value or str(default), "there is no such home folder; give a full path") from error

    def database_url(self, name: str) -> str | None:
        """Return a connection URI of PostgreSQL; a `key=value` string is refused, although psycopg takes it."""
        value = self.text(name)
        if value is not None and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            remedy = "write it as postgresql://user:password@host:port/database, or unset it for embedded PostgreSQL"
            # It may contain a password, whatever its form, so neither the screen nor a log shows it.
            raise ConfigError(name, "…", remedy)
        return value

    def secret(self, name: str) -> str | None:
        """Return a secret of at least SECRET_LENGTH characters."""
        value = self.text(name)
        if value is not None and len(value) < SECRET_LENGTH:
            # Neither the screen nor a log shows it.
            remedy = f"write at least {SECRET_LENGTH} random characters, such as those of `openssl rand -hex 32`"
            raise ConfigError(name, "…", remedy)
        return value

    def public_url(self, name: str) -> str | None:
        """Return an http(s) URL without a slash at its end."""
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            raise ConfigError(name, value, "write it as https://host or https://host/path")
        return value.rstrip("/")

    def storage_url(self, name: str) -> str | None:
        """Return the URL of a storage: `file:///folder`, or `s3://bucket/prefix` with options as a query."""
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        is_folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
        is_bucket = parts.scheme == "s3" and bool(parts.netloc)
        if not (is_folder or is_bucket) or parts.fragment or (is_folder and parts.query):
            # It may contain a key, so neither the screen nor a log shows it.
            raise ConfigError(name, "…", "write it as file:///folder or s3://bucket/prefix?endpoint=https://host")
        return value

    def location(self, name: str) -> str | None:
        """Return an internal location of nginx, without a slash at its end."""
        value = self.text(name)
        if value is not None and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+/?", value):
            raise ConfigError(name, value, "write it as the location in the proxy's configuration: /snapshot-files")
        return value.rstrip("/") if value else None

    def list_of(self, name: str, pattern: str, remedy: str) -> tuple[str, ...]:
        """Return the values between commas, each of a pattern; none where nothing is set."""
        value = self.text(name)
        if value is None:
            return ()
        words = tuple(word.strip() for word in value.split(","))
        if not all(re.fullmatch(pattern, word) for word in words) or len(set(words)) < len(words):
            raise ConfigError(name, value, f"{remedy}, each once")
        return words

    def licence(self, name: str) -> str | None:
        """Return the SPDX id of a licence, or the URL of its text."""
        value = self.text(name)
        if value is not None and not re.fullmatch(rf"[A-Za-z0-9.+-]+|{_WEB_URL}", value):
            raise ConfigError(name, value, "write an SPDX id such as CC-BY-4.0, or the URL of its text: https://…")
        return value

    def contact(self, name: str) -> str | None:
        """Return an e-mail address or the URL of a page."""
        value = self.text(name)
        if value is not None and not re.fullmatch(rf"{_MAIL_ADDRESS}|{_WEB_URL}", value):
            raise ConfigError(name, value, "write an e-mail address, or the URL of a page: https://…")
        return value

    def security_contact(self, name: str) -> str | None:
        """Return an e-mail address, a page (https) or a telephone number, as security.txt can name it."""
        value = self.text(name)
        if value is not None and not re.fullmatch(rf"{_MAIL_ADDRESS}|https://[^\s/]\S*|tel:\+?[0-9-]+", value):
            raise ConfigError(name, value, "write an e-mail address, the URL of a page (https://…), or tel:+1-…")
        return value

    def refuse_unknown(self) -> None:
        """Raise ConfigError for a DIRECTORY_ name that no setting has: it is a typing mistake."""
        for name, value in sorted(self._environ.items()):
            # The tests' own settings are in the same environment.
            if name.startswith("DIRECTORY_") and not name.startswith("DIRECTORY_TEST_") and name not in self._known:
                known = sorted(self._known)
                if (new_name := _RENAMED.get(name)) in self._known:
                    raise ConfigError(name, value, f"it is {new_name} now")
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}? All are" if near else "there are"
                raise ConfigError(name, value, f"there is no such setting; {hint} {', '.join(known)}")
