"""Connection pools of httpcore, direct or through the proxies of the environment."""

from __future__ import annotations

import ssl
import urllib.request
from typing import Final
from urllib.parse import unquote, urlsplit

import httpcore

# Requests are sequential: one connection to the origin, one to its storage.
_MAX_KEEPALIVE_CONNECTIONS: Final = 2


class ConnectionPools:
    """One pool for direct connections and one for each proxy, made when it is needed."""

    def __init__(
        self, backend: httpcore.NetworkBackend, proxy_backend: httpcore.NetworkBackend, *, http2: bool = False
    ) -> None:
        """Connect through `backend`; to proxies through `proxy_backend`, which sees only the proxy's address.

        Restricting destinations is up to the proxy then.
        """
        self._backend = backend
        self._proxy_backend = proxy_backend
        self._http2 = http2
        self._pools: dict[str, httpcore.ConnectionPool] = {}

    def find(self, url: str) -> httpcore.ConnectionPool:
        """Return the connection pool for a URL: direct, or through the proxy in the environment."""
        parts = urlsplit(url)
        # httpcore reads none of http_proxy, https_proxy and no_proxy.
        proxy = urllib.request.getproxies().get(parts.scheme, "")
        if urllib.request.proxy_bypass(parts.hostname or ""):
            proxy = ""
        if proxy not in self._pools:
            self._pools[proxy] = self._create(proxy)
        return self._pools[proxy]

    def close(self) -> None:
        """Close all connections."""
        for pool in self._pools.values():
            pool.close()

    def _create(self, proxy: str) -> httpcore.ConnectionPool:
        # The certificates that the system trusts, which include those that its operator added.
        ssl_context = ssl.create_default_context()
        if not proxy:
            return httpcore.ConnectionPool(
                ssl_context,
                max_keepalive_connections=_MAX_KEEPALIVE_CONNECTIONS,
                http2=self._http2,
                network_backend=self._backend,
            )
        parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
        credentials = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
        return httpcore.HTTPProxy(
            f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}",
            proxy_auth=credentials,
            ssl_context=ssl_context,
            max_keepalive_connections=_MAX_KEEPALIVE_CONNECTIONS,
            http2=self._http2,
            network_backend=self._proxy_backend,
        )
