"""Settings as an operator writes them: texts in the environment, read as what they are meant to be."""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_MAIL_ADDRESS: Final = r"[^\s@:]+@[^\s@]+"
_WEB_ADDRESS: Final = r"https?://[^\s/]\S*"

# Settings by their names before the first release.
_RENAMED: Final = {
    "DIRECTORY_ANSWER_CACHE_BYTES": "DIRECTORY_RESPONSE_CACHE_BYTES",
    "DIRECTORY_SPOOL_BYTES": "DIRECTORY_DOWNLOAD_CACHE_BYTES",
    "DIRECTORY_SPOOL_DIR": "DIRECTORY_DOWNLOAD_CACHE_DIR",
    "DIRECTORY_STARTER": "DIRECTORY_SEED_DATA",
}


class ConfigError(Exception):
    """A setting in the environment cannot be used; the message names the variable, its value and the remedy."""

    def __init__(self, name: str, value: str, remedy: str) -> None:
        """Say that variable `name` has an unusable `value`, and the `remedy`."""
        super().__init__(f"{name}={value!r} cannot be used: {remedy}")
        self.name = name


class Environment:
    """Take settings out of an environment one by one, and remember which were asked for."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._asked: set[str] = set()

    def text(self, name: str) -> str | None:
        """Return the value without outer white space; an empty one counts as not set."""
        self._asked.add(name)
        value = self._environ.get(name, "").strip()
        if any(not character.isprintable() for character in value):
            raise ConfigError(name, value, "take the control characters out")
        return value or None

    def whole(self, name: str, default: int, *, low: int, high: int | None = None) -> int:
        """Return a whole number from `low` to `high`, both included."""
        number = self._number(name, low=low, high=high, otherwise=f"unset it for {default}")
        return default if number is None else number

    def whole_or_none(self, name: str, *, low: int, high: int) -> int | None:
        """Return a whole number from `low` to `high`, both included, or None where nothing is set."""
        return self._number(name, low=low, high=high, otherwise="unset it")

    def _number(self, name: str, *, low: int, high: int | None, otherwise: str) -> int | None:
        value = self.text(name)
        if value is None:
            return None
        number = int(value) if re.fullmatch(r"[0-9]{1,18}", value) else -1
        if number < low or (high is not None and number > high):
            bounds = f"from {low} to {high}" if high is not None else f"of at least {low}"
            raise ConfigError(name, value, f"give a whole number {bounds}, or {otherwise}")
        return number

    def choice(self, name: str, choices: tuple[str, ...]) -> str | None:
        """Return one of `choices`, or None where nothing is set."""
        value = self.text(name)
        if value is not None and value not in choices:
            raise ConfigError(name, value, f"choose {' or '.join(choices)}, or unset it for {choices[0]}")
        return value

    def path(self, name: str, default: Path) -> Path:
        """Return an absolute folder; `~` is the home folder."""
        value = self.text(name)
        try:
            return Path(value or default).expanduser().absolute()
        except RuntimeError as error:
            raise ConfigError(name, value or str(default), "there is no such home folder; give a full path") from error

    def database_url(self, name: str) -> str | None:
        """Return a connection address of PostgreSQL, in the only form that every part of us understands."""
        value = self.text(name)
        if value is not None and urlsplit(value).scheme not in {"postgresql", "postgres"}:
            remedy = "write it as postgresql://user:password@host:port/database, or unset it for embedded PostgreSQL"
            # A password may be in it, whatever its form: it is not repeated on the screen or in a log.
            raise ConfigError(name, "…", remedy)
        return value

    def public_url(self, name: str) -> str | None:
        """Return an http(s) address without a slash at its end."""
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
            raise ConfigError(name, value, "write it as https://host or https://host/path")
        return value.rstrip("/")

    def storage_url(self, name: str) -> str | None:
        """Return the address of a storage: `file:///folder`, or `s3://bucket/prefix` with options as a query."""
        value = self.text(name)
        if value is None:
            return None
        parts = urlsplit(value)
        is_folder = parts.scheme == "file" and not parts.netloc and parts.path.startswith("/")
        is_bucket = parts.scheme == "s3" and bool(parts.netloc)
        if not (is_folder or is_bucket) or parts.fragment or (is_folder and parts.query):
            # A key may be in it: it is not repeated on the screen or in a log.
            raise ConfigError(name, "…", "write it as file:///folder or s3://bucket/prefix?endpoint=https://host")
        return value

    def location(self, name: str) -> str | None:
        """Return a path of a proxy, without a slash at its end."""
        value = self.text(name)
        if value is not None and not re.fullmatch(r"(/[A-Za-z0-9._~-]+)+/?", value):
            raise ConfigError(name, value, "write it as the location in the proxy's configuration: /snapshot-files")
        return value.rstrip("/") if value else None

    def list_of(self, name: str, pattern: str, remedy: str) -> tuple[str, ...]:
        """Return what stands between commas, each of a pattern; nothing where nothing is set."""
        value = self.text(name)
        if value is None:
            return ()
        words = tuple(word.strip() for word in value.split(","))
        if not all(re.fullmatch(pattern, word) for word in words) or len(set(words)) < len(words):
            raise ConfigError(name, value, f"{remedy}, each once")
        return words

    def licence(self, name: str) -> str | None:
        """Return the SPDX id of a licence, or the address of its text."""
        value = self.text(name)
        if value is not None and not re.fullmatch(rf"[A-Za-z0-9.+-]+|{_WEB_ADDRESS}", value):
            raise ConfigError(
                name, value, "write an SPDX id such as CC-BY-4.0, or https:// and the address of its text"
            )
        return value

    def contact(self, name: str) -> str | None:
        """Return an e-mail address or that of a page."""
        value = self.text(name)
        if value is not None and not re.fullmatch(rf"{_MAIL_ADDRESS}|{_WEB_ADDRESS}", value):
            raise ConfigError(name, value, "write an e-mail address, or https:// and the address of a page")
        return value

    def security_contact(self, name: str) -> str | None:
        """Return an e-mail address, a page (https) or a telephone number, as security.txt can name it."""
        value = self.text(name)
        if value is not None and not re.fullmatch(rf"{_MAIL_ADDRESS}|https://[^\s/]\S*|tel:\+?[0-9-]+", value):
            raise ConfigError(name, value, "write an e-mail address, https:// and the address of a page, or tel:+1-…")
        return value

    def refuse_unknown(self) -> None:
        """Raise ConfigError for a DIRECTORY_ name that nobody asked for: it is a slip of the pen."""
        for name, value in sorted(self._environ.items()):
            # The tests' own settings stand in the same environment.
            if name.startswith("DIRECTORY_") and not name.startswith("DIRECTORY_TEST_") and name not in self._asked:
                known = sorted(self._asked)
                if (new_name := _RENAMED.get(name)) in self._asked:
                    raise ConfigError(name, value, f"it is {new_name} now")
                near = difflib.get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}? All are" if near else "there are"
                raise ConfigError(name, value, f"there is no such setting; {hint} {', '.join(known)}")
