"""Mastodon, and what speaks its language: the way in and the way out."""

from feeds.mastodon.feed import Mastodon
from feeds.mastodon.outlet import MastodonOutlet

__all__ = ["Mastodon", "MastodonOutlet"]
