"""Where the engine listens, where it keeps things, and its secrets.

Owns addresses, limits and tokens, read from options and the environment. Never prints a secret:
tokens are SecretStr and compared in constant time.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import stat
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import Field, PrivateAttr, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from eventlive.broker import Broker
from eventlive.errors import SettingsError
from eventlive.model import Role


class Settings(BaseSettings):
    """Options of one engine. Each can be given as EVENTLIVE_<NAME> in the environment.

    `secrets` names a file of NAME=value lines that only its owner can read; the environment wins
    over it. Off loopback a token for consoles is required.
    """

    model_config = SettingsConfigDict(
        env_prefix="EVENTLIVE_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    host: str = "127.0.0.1"
    port: int = Field(default=8600, ge=0, le=65535)
    data: Path = Path("eventlive-data")
    cert: Path | None = None
    cert_key: Path | None = None
    viewer_token: SecretStr | None = None
    operator_token: SecretStr | None = None
    lead_token: SecretStr | None = None
    screen_token: SecretStr | None = None
    screen_tokens: SecretStr | None = None
    per_address: int = Field(default=256, ge=1)
    max_screens: int = Field(default=20_000, ge=1)
    max_consoles: int = Field(default=50, ge=1)
    log_level: Literal["debug", "info", "warning", "error"] = "warning"
    venue_user: str = ""
    venue_password: SecretStr | None = None
    venue_ca: Path | None = None

    _given: dict[str, str] = PrivateAttr(default_factory=dict)

    @field_validator(
        *("viewer_token", "operator_token", "lead_token", "screen_token", "screen_tokens"),
        mode="before",
    )
    @classmethod
    def _unset(cls, value: object) -> object:
        """Read an empty variable as none: it must not open the engine to everybody."""
        return value or None

    @field_validator("screen_tokens")
    @classmethod
    def _readable(cls, secret: SecretStr | None) -> SecretStr | None:
        if secret is not None:
            _tokens_of(secret)
        return secret

    @property
    def loopback(self) -> bool:
        """Whether nobody but this machine can connect."""
        if self.host == "localhost":
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False

    def role_of(self, token: str) -> Role | None:
        """Give the role that a console's token stands for; None for a wrong one.

        Without any token set, whoever can connect to loopback is a lead.
        """
        tokens: list[tuple[Role, SecretStr | None]] = [
            ("lead", self.lead_token),
            ("operator", self.operator_token),
            ("viewer", self.viewer_token),
        ]
        if all(secret is None for _, secret in tokens):
            return "lead" if self.loopback else None
        for role, secret in tokens:
            if secret is not None and _equal(token, secret):
                return role
        return None

    def secrets_of(self, owner: str) -> dict[str, str]:
        """Give the secrets of an account or a feed, by their names in small letters.

        `access_token` of the account "main" is EVENTLIVE_MAIN_ACCESS_TOKEN, from the environment
        or the file of secrets. The caller keeps them to itself. Raises SettingsError for one
        that cannot be written in UTF-8.
        """
        prefix = f"EVENTLIVE_{owner.upper().replace('-', '_')}_"
        given = {**self._given, **os.environ}
        found = {name: value for name, value in given.items() if name.startswith(prefix) and value}
        for name, value in found.items():
            if not value.isprintable() or value != value.encode(errors="replace").decode():
                raise SettingsError(f"{name} holds what cannot be a secret: set it anew, in UTF-8")
        return {name.removeprefix(prefix).lower(): value.strip() for name, value in found.items()}

    def broker(self, url: str) -> Broker:
        """Say how to reach the venue's broker."""
        secret = self.venue_password
        password = secret.get_secret_value() if secret else ""
        return Broker(url, self.venue_user, password, self.venue_ca)

    def screen_allowed(self, name: str, token: str) -> bool:
        """Say whether a screen of this name may connect; one without a name goes as "main".

        One with a token of its own comes in with that alone, the others with the common one.
        """
        secret = self._token_of(name or "main")
        return secret is None or _equal(token, secret)

    def setup_allowed(self, token: str) -> bool:
        """Say whether somebody may see the addresses of all screens, with their tokens."""
        if self.screen_tokens is not None:
            # Who has the common one may not have those of single screens.
            return self.role_of(token) in ("operator", "lead")
        return self.screen_token is None or _equal(token, self.screen_token)

    def screen_token_of(self, name: str) -> str:
        """Give the token with which a screen connects, "" for none; for whoever sets it up."""
        secret = self._token_of(name)
        return secret.get_secret_value() if secret is not None else ""

    def _token_of(self, name: str) -> SecretStr | None:
        own = _tokens_of(self.screen_tokens) if self.screen_tokens is not None else {}
        return own.get(name, self.screen_token)


def read_settings(
    secrets: Path | None = None, *, consoles: bool = True, **options: object
) -> Settings:
    """Read settings; options given here win over the environment, and that over the file.

    Without `consoles` nobody can command anything here, and no token is asked for.

    Raises SettingsError with what to do.
    """
    secrets = secrets or (Path(os.environ["EVENTLIVE_SECRETS"]) if _names_secrets() else None)
    if secrets is not None:
        _private(secrets)
    given = {name: value for name, value in options.items() if value is not None}
    try:
        settings = Settings(_env_file=secrets, **given)  # type: ignore[arg-type]
    except ValidationError as error:
        texts = [f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors()]
        raise SettingsError("; ".join(texts)) from error
    if secrets is not None:
        settings._given.update(
            (name, value) for name, value in dotenv_values(secrets).items() if value
        )
    if consoles and not settings.loopback and not _has_token(settings):
        raise SettingsError(
            f"--host {settings.host} can be reached by others, so consoles need a token:"
            " set EVENTLIVE_LEAD_TOKEN (and EVENTLIVE_OPERATOR_TOKEN, EVENTLIVE_VIEWER_TOKEN)"
        )
    if settings.screen_tokens is not None and settings.screen_token is None:
        raise SettingsError(
            "EVENTLIVE_SCREEN_TOKENS needs EVENTLIVE_SCREEN_TOKEN too: without it a screen comes in"
            " under any other name, and /wall/setup shows all tokens to everybody"
        )
    if (settings.cert is None) != (settings.cert_key is None):
        raise SettingsError("TLS needs both --cert and --cert-key")
    return settings


def _names_secrets() -> bool:
    return bool(os.environ.get("EVENTLIVE_SECRETS"))


def _has_token(settings: Settings) -> bool:
    return any((settings.lead_token, settings.operator_token, settings.viewer_token))


def _equal(token: str, secret: SecretStr) -> bool:
    return hmac.compare_digest(token.encode(), secret.get_secret_value().encode())


def _tokens_of(secret: SecretStr) -> dict[str, SecretStr]:
    """Read "left=…,right=…". Raises ValueError with the place of what is wrong, never its value."""
    tokens: dict[str, SecretStr] = {}
    for number, one in enumerate(secret.get_secret_value().split(","), 1):
        name, _, token = (part.strip() for part in one.partition("="))
        if not name or not token:
            raise ValueError(f"number {number} is not NAME=TOKEN (with commas between them)")
        if name in tokens:
            raise ValueError(f"number {number} is a second token for a screen that has one")
        tokens[name] = SecretStr(token)
    return tokens


def _private(path: Path) -> None:
    try:
        mode = path.stat().st_mode
        path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
    except UnicodeError as error:
        raise SettingsError(f"{path}: is not a text of NAME=value lines in UTF-8") from error
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise SettingsError(f"{path}: others can read it; run: chmod 600 {path}")
