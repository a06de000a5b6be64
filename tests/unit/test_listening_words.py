"""Word lists: whole words of any script, open edges where asked, and no town called Scunthorpe."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.listening.words import WordList


@pytest.mark.parametrize(
    ("words", "text", "found"),
    [
        (["cunt"], "A train to Scunthorpe", []),
        (["ass"], "class, assassin, bass", []),
        (["ass"], "an ass. ASS! (ass) ass's", ["ass"]),
        (["Idiot"], "you IDIOT", ["Idiot"]),
        (["idioot*"], "idiootit puhuvat", ["idioot*"]),
        (["idioot*"], "superidiootit", []),
        (["*idioot*"], "superidiootit", ["*idioot*"]),
        (["*beleidigung"], "Massenbeleidigung", ["*beleidigung"]),
        (["*beleidigung"], "Massenbeleidigungen", []),
        (["scheiße"], "SCHEISSE", ["scheiße"]),
        (["pää"], "pa\u0308a\u0308 on kipeä", ["pää"]),
        (["pää"], "pääjuttu", []),
        (["bad"], "b\u200dad b\u200cad", ["bad"]),
        (["bad"], "𝐛𝐚𝐝 𝖇𝖆𝖉 ｂａｄ ⓑⓐⓓ", ["bad"]),
        (["bad"], "#bad_idea", ["bad"]),
        (["bad"], "bad2 2bad", []),
        (["bad"], "ba\u0301d", []),
        (["very bad"], "a very  bad\nidea", ["very bad"]),
        (["very bad"], "every bad idea", []),
        (["馬鹿"], "お前は馬鹿だ", ["馬鹿"]),
        (["сука"], "барсукам", []),
        (["it's"], "it’s here", ["it's"]),
        (["one", "two", "three"], "three and one, one", ["three", "one"]),
        (["she", "he", "hers"], "she is hers", ["she", "hers"]),
        (["new york", "york"], "new york", ["york", "new york"]),
        ([], "anything", []),
        (["", "  ", "*", "**"], "anything * ", []),
    ],
)
def test_words_are_found_as_words(words: list[str], text: str, found: list[str]) -> None:
    assert sorted(WordList(words).find(text)) == sorted(found)


def test_an_empty_list_says_so() -> None:
    assert not WordList([])
    assert WordList(["a"])


def test_a_word_listed_twice_is_found_once_as_first_spelt() -> None:
    assert WordList(["Word", "word", "WORD"]).find("word") == ["Word"]


WORDS = ["ab", "ba*", "*bb", "a b", "ä"]


@given(st.text("abä *\n_1.", max_size=30))
def test_it_finds_what_a_plain_search_finds(text: str) -> None:
    def edge(squeezed: str, place: int) -> bool:
        return not (
            0 < place < len(squeezed)
            and squeezed[place - 1].isalnum()
            and squeezed[place].isalnum()
        )

    def plain(word: str) -> bool:
        squeezed = " ".join(text.split())
        stem = word.strip("*")
        start = squeezed.find(stem)
        while start >= 0:
            end = start + len(stem)
            if (word[0] == "*" or edge(squeezed, start)) and (
                word[-1] == "*" or edge(squeezed, end)
            ):
                return True
            start = squeezed.find(stem, start + 1)
        return False

    assert set(WordList(WORDS).find(text)) == {word for word in WORDS if plain(word)}


@given(st.text())
def test_any_text_can_be_searched(text: str) -> None:
    assert set(WordList(WORDS).find(text)) <= set(WORDS)
