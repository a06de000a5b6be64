"""Language: the network's word first, the text where nobody said, and no guesses."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.listening.language import code_of, language_of, language_of_text
from tests.unit.listening_posts import a_post


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-GB", "en"),
        ("pt_BR", "pt"),
        ("zh-Hant-TW", "zh"),
        ("nb", "no"),
        ("nn-NO", "no"),
        ("iw", "he"),
        ("in", "id"),
        ("fin", "fi"),
        ("sme", "sme"),
        ("und", ""),
        ("zxx", ""),
        ("qme", ""),
        ("mul", ""),
        ("x", ""),
        ("english", ""),
        ("<b>", ""),
        ("", ""),
    ],
)
def test_a_networks_code_becomes_a_plain_one(said: str, code: str) -> None:
    assert code_of(said) == code


def test_the_networks_word_goes_before_the_text() -> None:
    finnish = "Tämä on selvästi suomenkielinen viesti päälavalta, hyvää huomenta kaikille"
    assert language_of(a_post(finnish, language="sv-FI")) == "sv"
    assert language_of(a_post(finnish, language="und")) == "fi"
    assert language_of(a_post(finnish)) == "fi"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("The next session on the main stage starts in about ten minutes from now", "en"),
        ("Seuraava esitys alkaa päälavalla noin kymmenen minuutin kuluttua", "fi"),
        ("Der nächste Vortrag auf der großen Bühne beginnt in etwa zehn Minuten", "de"),
        ("Det neste foredraget på hovedscenen begynner om omtrent ti minutter, sier de", "no"),
        ("La próxima charla en el escenario principal empieza dentro de diez minutos", "es"),
        ("La prossima conferenza sul palco principale inizia tra circa dieci minuti", "it"),
        ("ההרצאה הבאה על הבמה המרכזית מתחילה בעוד עשר דקות", "he"),
        ("次のセッションはメインステージで十分後に始まります", "ja"),
    ],
)
def test_a_text_long_enough_is_known(text: str, code: str) -> None:
    assert language_of_text(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ok",
        "Moi kaikki!",
        "🎉" * 60,
        "12345 67890 12345 67890 12345",
        "https://example.org/a-very-long-path-in-english-words-that-says-nothing",
        "@somebody @somebodyelse #averylonghashtag #anotherlonghashtag",
    ],
)
def test_too_little_text_is_no_language(text: str) -> None:
    assert language_of_text(text) == ""


@given(st.text(max_size=200))
def test_any_text_has_a_plain_code_or_none(text: str) -> None:
    code = language_of_text(text)
    assert code == "" or (code.isalpha() and code.islower() and 2 <= len(code) <= 3)


def test_a_doubtful_text_is_none() -> None:
    assert language_of_text("Tallinna Таллин Tallinn Reval Ревель on hieno kaupunki") == ""


def test_a_text_that_no_library_takes_has_none() -> None:
    assert language_of_text("lone surrogates \ud800 in a text that is long enough") == ""
