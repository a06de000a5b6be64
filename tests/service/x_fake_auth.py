"""Who asks a fake X: bearer tokens, and OAuth 1.0a signatures, really verified.

Owns the keys handed out and the check of a request against them. Says nothing of what the asker
may do.
"""

from __future__ import annotations

import secrets

from oauthlib.oauth1 import (  # type: ignore[import-untyped]
    RequestValidator,
    SignatureOnlyEndpoint,
)

from tests.service.x_fake_archive import User
from tests.service.x_fake_world import Keys, Who, unauthorized

FORM = "application/x-www-form-urlencoded"


class Door:
    """The keys of one app: its bearer token, and what its accounts sign with."""

    def __init__(self) -> None:
        self.bearer = "A" * 22 + secrets.token_hex(24)
        self._app = (secrets.token_hex(12), secrets.token_hex(25))
        self._keys: dict[str, Keys] = {}
        self._check = SignatureOnlyEndpoint(_Validator(self._app, self._keys))

    def keys(self, user: User) -> Keys:
        """Give an account's keys, made at the first time."""
        for known in self._keys.values():
            if known.user is user:
                return known
        token = f"{user.id}-{secrets.token_hex(20)}"
        made = Keys(user, *self._app, token, secrets.token_hex(22))
        self._keys[token] = made
        return made

    def revoke(self, user: User) -> None:
        """Take an account's keys away, as its owner can."""
        for token in [token for token, keys in self._keys.items() if keys.user is user]:
            del self._keys[token]

    def enter(self, method: str, url: str, headers: dict[str, str], body: bytes) -> Who:
        """Say who asks. `url` as the client wrote it. Raises Refusal (401)."""
        given = headers.get("Authorization", "")
        if given.startswith("Bearer "):
            if secrets.compare_digest(given.removeprefix("Bearer ").encode(), self.bearer.encode()):
                return Who("BearerToken")
            raise unauthorized()
        if not given.startswith("OAuth "):
            raise unauthorized()
        # Only a form is part of what is signed (RFC 5849, 3.4.1.3.1).
        signed = body.decode() if headers.get("Content-Type", "").startswith(FORM) else None
        valid, request = self._check.validate_request(url, method, signed, headers)
        if not valid or not request.resource_owner_key:
            raise unauthorized()
        return Who("UserToken", self._keys[request.resource_owner_key].user)


class _Validator(RequestValidator):  # type: ignore[misc]
    """What oauthlib asks: which secrets belong to which keys, and whether a nonce is new."""

    timestamp_lifetime = 300

    def __init__(self, app: tuple[str, str], keys: dict[str, Keys]) -> None:
        super().__init__()
        self._app, self._keys = app, keys
        self._nonces: set[tuple[str, str, str]] = set()

    @property
    def dummy_client(self) -> str:
        return "nobody"

    def check_nonce(self, nonce: str) -> bool:
        return bool(nonce)

    def validate_timestamp_and_nonce(
        self,
        client_key: str,
        timestamp: str,
        nonce: str,
        request: object,
        request_token: str | None = None,
        access_token: str | None = None,
    ) -> bool:
        key = (client_key, timestamp, nonce)
        if key in self._nonces:
            return False
        self._nonces.add(key)
        return True

    def validate_client_key(self, client_key: str, request: object) -> bool:
        return client_key == self._app[0]

    def get_client_secret(self, client_key: str, request: object) -> str:
        return self._app[1] if client_key == self._app[0] else "nothing"

    def get_access_token_secret(self, client_key: str, token: str, request: object) -> str:
        # A token that is nobody's gets a secret that nobody has: its signature fails.
        known = self._keys.get(token)
        return known.access_secret if known else secrets.token_hex(22)
