"""Why a source cannot be synchronized; each message is a sentence for the operator."""

from __future__ import annotations


class SyncError(Exception):
    """A source cannot be synchronized now, and the registry is as it was."""


class SettingsError(SyncError):
    """The settings of a source are unusable."""


class FetchError(SyncError):
    """A request failed for good; what was fetched before is kept, and the next run continues there."""


class MissingPageError(FetchError):
    """Nothing is at the URL (404 or 410)."""


class RefusedPageError(FetchError):
    """The server refuses the request, and would again (another 4xx, 3xx without a target, …)."""


class ExhaustedError(FetchError):
    """A run has used up its time or its bytes."""


class ChangedFormError(SyncError):
    """A response has another form than the connector knows."""


class ShrunkError(SyncError):
    """A source lists much less than before."""
