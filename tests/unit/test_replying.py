"""Who may be answered from where, and what else there is."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from eventlive.listening.length import measure
from eventlive.listening.replying import by_hand, naming, obstacle
from eventlive.model import Author, Network, Post


def post(network: Network = "x", text: str = "When does it start?", **more: object) -> Post:
    at = datetime(2027, 5, 20, 12, tzinfo=UTC)
    url = "https://net.example/ann/1"
    return Post(network, "1", at, text, Author("7", "ann"), url=url, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("said", "network", "words"),
    [
        (post(), "x", "mentioned or quoted @house"),
        (post(mentions=("HOUSE",)), "x", ""),
        (post(to=("house",)), "x", ""),
        (post("bluesky"), "bluesky", ""),
        (post("mastodon"), "x", "said on Mastodon, and this account is on X"),
        (post(), "rehearsal", ""),
    ],
)
def test_where_a_reply_is_possible(said: Post, network: str, words: str) -> None:
    why = obstacle(said, network, "@House")
    assert bool(why) == bool(words)
    assert words in why


def test_by_hand_is_xs_intent_with_the_words_or_the_posts_own_address() -> None:
    address = urlsplit(by_hand(post(), "At ten & sharp"))
    assert parse_qs(address.query) == {"in_reply_to": ["1"], "text": ["At ten & sharp"]}
    assert by_hand(post("bluesky")) == "https://net.example/ann/1"


def test_a_post_that_names_the_question_has_no_link_on_x() -> None:
    named = naming(post(text="One two " * 40), "At ten.")
    assert named.startswith("@ann: “One two")
    assert named.endswith(" …”\n\nAt ten.")
    assert "http" not in named
    assert measure(named, "x").used < 140
    assert naming(post("bluesky"), "At ten.") == "@ann asked: https://net.example/ann/1\n\nAt ten."
