"""The themes of the screens: readable, the same for the same script, and nothing but values.

Reads wall.css for the look that the house theme must have without a stylesheet; what a browser
makes of it is for the tests in a browser.
"""

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eventlive import briefing
from eventlive.colours import BLACK, TEXT, WHITE, Colour, colour, contrast, legible, nearest, over
from eventlive.looks import HOUSE, IN_ROOM, ON_CARD, look, pairs, path_of, surfaces
from eventlive.model import Sponsor, showing
from eventlive.script import load, read
from eventlive.tables import Script, Theme, ThemeName
from eventlive.themes import digest, files, stylesheet
from tests.parts import ROOT

NOW = datetime(2027, 5, 20, 9, tzinfo=UTC)
EVENT = '[event]\nid = "fair"\ntitle = "The fair"\nlanguage = "fi"\n'
CSS = (ROOT / "eventlive" / "wall" / "wall.css").read_text("utf-8")
PATH = re.compile(r"/wall/theme/[A-Za-z0-9.-]+")
COLOURS = st.builds(Colour, *[st.integers(0, 255)] * 3)


def script(text: str = "") -> Script:
    found, problems = read(EVENT + text, "fair.toml")
    assert found is not None, problems
    return found


def properties(css: str) -> dict[str, str]:
    """Read custom properties, the first of each, with numbers and spaces written one way."""
    bare = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    found: dict[str, str] = {}
    for name, value in re.findall(r"(--[\w-]+):\s*([^;{}]+);", bare):
        plain = re.sub(r"\s+", " ", value).strip()
        found.setdefault(name, re.sub(r"(?<![\d#a-z])0(?=\.\d)", "", plain))
    return found


# --- contrast -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        # As W3C and every other reckoner have them.
        ("#000000", "#ffffff", 21.0),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
        ("#1fa6a0", "#1fa6a0", 1.0),
    ],
)
def test_contrast_is_that_of_wcag(one: str, other: str, ratio: float) -> None:
    assert contrast(colour(one), colour(other)) == pytest.approx(ratio, abs=0.005)
    assert contrast(colour(other), colour(one)) == contrast(colour(one), colour(other))


def test_colours_are_read_written_and_laid_over_another() -> None:
    assert str(colour("#1FA6a0")) == "#1fa6a0"
    assert over(WHITE, 0.25, BLACK) == (64, 64, 64)
    for wrong in ("1fa6a0", "#1fa6a", "#1fa6a0 ", "#1fa6ag", "#+1fa6a", "red", "", "#１fa6a0"):
        with pytest.raises(ValueError, match=r"no colour|non-hexadecimal"):
            colour(wrong)


@settings(max_examples=50)
@given(COLOURS, COLOURS)
def test_a_colour_is_made_legible_on_any_ground(one: Colour, ground: Colour) -> None:
    """Black or white is read on anything: 4.58 is the worst."""
    assert contrast(legible(one, [ground]), ground) >= TEXT
    assert contrast(one, ground) < TEXT or legible(one, [ground]) == one


def test_where_nothing_will_do_the_better_end_is_given() -> None:
    assert legible(colour("#888888"), [BLACK, WHITE, colour("#777777")]) in (BLACK, WHITE)
    assert nearest(colour("#888888"), lambda _: False) is None


# --- the house themes -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", HOUSE)
def test_everything_is_read_in_a_house_theme(name: ThemeName) -> None:
    found = list(pairs(HOUSE[name]))
    assert {pair.words for pair in found} == {"ink", "quiet", "faint", "accent"}
    assert len({pair.behind for pair in found}) == 6
    assert [pair for pair in found if pair.contrast < pair.least] == []
    # Small words that people read at a distance have some to spare.
    assert all(pair.contrast >= 7 for pair in found if pair.words == "ink")
    assert 0.5 <= HOUSE[name].veil <= 0.9


@pytest.mark.parametrize("name", HOUSE)
@settings(max_examples=40)
@given(accent=COLOURS)
@example(accent=WHITE)
@example(accent=BLACK)
def test_any_accent_has_a_shade_for_words(name: ThemeName, accent: Colour) -> None:
    one = replace(HOUSE[name], accent=accent)
    assert all(contrast(one.accent_ink, behind) >= TEXT for behind in surfaces(one).values())


@pytest.mark.parametrize("name", HOUSE)
@pytest.mark.parametrize(
    ("ground", "card", "ink"),
    [
        ("#ffffff", "#f4f4f4", "#111111"),
        ("#000000", "#1a1a1a", "#ffffff"),
        ("#0b1416", "#142427", "#f4fbfa"),
        ("#f6e7c1", "#fff4d6", "#2b1d0e"),
    ],
)
def test_what_a_script_does_not_say_follows_from_what_it_says(
    name: str, ground: str, card: str, ink: str
) -> None:
    """Of a right ink and its grounds, quiet and faint words are right too, and the accent's."""
    own = f'[theme]\nground = "{ground}"\ncard = "{card}"\nink = "{ink}"\n'
    one = look(script(f'[wall]\ntheme = "{name}"\n{own}'))
    assert [pair for pair in pairs(one) if pair.contrast < pair.least] == []
    assert len({one.ink, one.quiet, one.faint}) == 3


def test_words_are_read_over_any_background_picture() -> None:
    for one in HOUSE.values():
        for pixel in (BLACK, WHITE, colour("#808080"), colour("#ffff00")):
            seen = over(one.ground, one.veil, pixel)
            words = (one.ink, one.quiet, one.accent_ink)
            assert min(contrast(word, seen) for word in words) >= TEXT


def test_dusk_is_the_look_of_the_page_itself() -> None:
    """A page without a theme's stylesheet looks as with it."""
    theirs, ours = properties(CSS), properties(stylesheet(script()))
    shared = ours.keys() & theirs.keys()
    assert shared >= {
        *("--ground", "--background", "--card", "--card-foot", "--edge", "--ink", "--ink-quiet"),
        *("--ink-faint", "--paper", "--accent", "--accent-ink", "--display", "--text", "--round"),
        *("--margin", "--gap", "--glow"),
    }
    assert {name: ours[name] for name in shared} == {name: theirs[name] for name in shared}


def test_the_light_of_the_page_is_no_stronger_than_the_contrast_was_reckoned_for() -> None:
    def strongest(rule: str) -> float:
        block = re.search(rf"^{rule} \{{([^}}]*)\}}", CSS, re.MULTILINE)
        assert block, rule
        return max(map(float, re.findall(r"rgb\(var\(--accent\) / (\.\d+)\)", block[1])))

    assert strongest(r"\.card::before") <= ON_CARD
    assert strongest(r"\.lights > i:nth-child\(1\)") <= IN_ROOM


# --- what a script changes ------------------------------------------------------------------------

OWN = """\
[wall]
theme = "signal"
accent = "#ff0000"
[theme]
ground = "#101018"
card = "#20202c"
ink = "#f8f8ff"
quiet = "#d0d0e0"
accent = "#c77dff"
font = "fonts/My Font.woff2"
display = "titles.woff2"
background = "hall.jpg"
round = "0rem"
space = 1.5
"""


def test_a_script_changes_what_it_names() -> None:
    ours = properties(stylesheet(script(OWN)))
    assert ours["--ground"] == "#101018"
    assert ours["--card"] == "#20202c"
    assert ours["--ink"] == "#f8f8ff"
    assert ours["--ink-quiet"] == "#d0d0e0"
    assert ours["--accent"] == "199 125 255"
    assert ours["--round"] == "0rem"
    assert ours["--margin"] == "3.45rem"
    assert ours["--gap"] == "2.25rem"
    assert ours["--glow"] == "0"
    assert ours["--text"].startswith('"House Text", "Inter"')
    assert ours["--display"].startswith('"House Display", "Inter Display"')
    assert re.fullmatch(
        r'linear-gradient\((rgb\(16 16 24 / \.\d+\)), \1\), url\("/wall/theme/hall\.jpg"\)',
        ours["--background"],
    )
    faces = re.findall(r"@font-face \{([^}]*)\}", stylesheet(script(OWN)))
    assert ["House Text" in face for face in faces] == [True, False]
    assert all('format("woff2")' in face for face in faces)
    assert 'url("/wall/theme/titles.woff2")' in faces[1]


def test_what_it_does_not_name_is_the_house_themes() -> None:
    plain, changed = (
        properties(stylesheet(script(f'[wall]\ntheme = "paper"\n{more}')))
        for more in ("", '[theme]\ncard = "#ffffff"\n')
    )
    differing = {name for name in plain if plain[name] != changed[name]}
    assert differing == {"--card", "--card-foot"}


def test_a_film_is_named_for_the_page_to_play() -> None:
    ours = properties(stylesheet(script('[theme]\nbackground = "waves.mp4"\n')))
    assert ours["--background"] == 'url("/wall/theme/waves.mp4")'
    assert float(ours["--through"]) == pytest.approx(1 - HOUSE["dusk"].veil)


def test_the_same_script_gives_the_same_stylesheet(tmp_path: Path) -> None:
    (tmp_path / "hall.jpg").write_bytes(b"\xff\xd8\xff")
    one, other = script(OWN), script(OWN)
    assert stylesheet(one) == stylesheet(other)
    before = digest(one, tmp_path)
    assert before == digest(other, tmp_path)
    assert re.fullmatch(r"[0-9a-f]{12}", before)
    (tmp_path / "hall.jpg").write_bytes(b"\xff\xd8\xfe")
    assert digest(one, tmp_path) != before
    assert digest(script(OWN.replace("#c77dff", "#c77dfe")), tmp_path) != digest(one, tmp_path)


def test_files_are_those_of_the_folder_and_no_others(tmp_path: Path) -> None:
    folder = tmp_path / "event"
    (folder / "logos").mkdir(parents=True)
    for name in ("logo.svg", "logos/a b.svg", "hall.jpg"):
        (folder / name).write_bytes(name.encode())
    (tmp_path / "secret.svg").write_bytes(b"secret")
    text = (
        '[wall]\nlogo = "logo.svg"\n[theme]\nbackground = "hall.jpg"\nfont = "gone.woff2"\n'
        '[[sponsors]]\nname = "A"\nlogo = "logos/a b.svg"\n[[sponsors]]\nname = "B"\n'
        f'[[sponsors]]\nname = "C"\nlogo = "../secret.svg"\n'
        f'[[sponsors]]\nname = "D"\nlogo = "{tmp_path / "secret.svg"}"\n'
        '[[sponsors]]\nname = "E"\nlogo = "logos"\n'
    )
    found = files(script(text), folder)
    assert sorted(found.values()) == [b"hall.jpg", b"logo.svg", b"logos/a b.svg"]
    assert all(PATH.fullmatch(path) for path in found)
    assert found["/wall/theme/logo.svg"] == b"logo.svg"


# --- nothing but values ---------------------------------------------------------------------------

INJECTIONS = (
    "red;} body{display:none",
    "#1fa6a0;} body{display:none",
    "#1fa6a0}",
    "url(http://evil.example/x)",
    "url(//evil.example/x)",
    "</style><script>alert(1)</script>",
    'a"); } @import url("//evil.example/x.css',
    "a\\22 ); } b{",
    "/* a */",
    "expression(alert(1))",
    "var(--ink)",
    "#1fa6a0\n--ink: red",
    "\u2028#1fa6a0",
)
_TEXTS = [name for name, field in Theme.model_fields.items() if field.annotation is str]
_NAMES = ("font", "display", "background")


def in_order(css: str) -> bool:
    """Say whether a stylesheet is one of ours: its rules, its addresses, and nothing foreign."""
    heads = re.findall(r"([^{}]*)\{", css)
    return (
        [head.strip() for head in heads][-1] == ":root:root"
        and all(head.strip() in ("@font-face", ":root:root") for head in heads)
        and css.count("{") == css.count("}")
        and all(PATH.fullmatch(one) for one in re.findall(r'url\("([^"]*)"\)', css))
        and css.count("url(") == len(re.findall(r'url\("[^"]*"\)', css))
        and not re.search(r"[<>\\@:]", re.sub(r"@font-face|:root:root|[\w-]+: ", "", css))
        and "//" not in css
        and css.isascii()
    )


def test_every_key_of_the_theme_is_put_to_the_test() -> None:
    assert set(_TEXTS) | set(_NAMES) | {"space"} == set(Theme.model_fields)
    assert in_order(stylesheet(script(OWN)))


@pytest.mark.parametrize("words", INJECTIONS)
@pytest.mark.parametrize("key", sorted({*_TEXTS, *_NAMES}))
def test_no_value_of_a_theme_is_more_than_a_value(key: str, words: str) -> None:
    quoted = words.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    found, problems = read(f'{EVENT}[theme]\n{key} = "{quoted}"\n', "fair.toml")
    if key in _NAMES:
        # A file may be called anything; under which path it is served is ours to say.
        assert found is not None
        assert in_order(stylesheet(found))
        return
    assert found is None
    assert [one.key for one in problems] == [f"theme.{key}"]
    # And nothing that got past the tables gets past the stylesheet.
    whole = script()
    slipped = whole.model_copy(update={"theme": whole.theme.model_copy(update={key: words})})
    with pytest.raises(ValueError, match=r"is no|could not convert"):
        stylesheet(slipped)


@given(st.text(min_size=1, max_size=80))
@example("../../etc/passwd")
@example("a\0b.svg")
@example("a.svg?x=1#y")
def test_a_path_has_nothing_in_it_but_letters_digits_points_and_hyphens(name: str) -> None:
    assert PATH.fullmatch(path_of(name))
    assert ".." not in path_of(name)


def test_two_files_have_two_paths() -> None:
    names = ["a.svg", "b/a.svg", "b-a.svg", "b a.svg", "B/A.svg", "ä.svg", "ö.svg"]
    assert len({path_of(name) for name in names}) == len(names)
    assert path_of("") == ""


# --- what the engine gets -------------------------------------------------------------------------

SCREENS = """\
[wall]
theme = "paper"
accent = "#0d5f5c"
cards = 9
scenes = ["masonry", "now-next"]
seconds = 20
distance = "20m"
logo = "logo.svg"
[[screens]]
id = "left"
title = "Left of the stage"
scenes = ["statement"]
width = "6.5m"
[[screens]]
id = "right"
seconds = 5
distance = "8m"
[[statements]]
id = "quiet"
text = "Hiljaa, kiitos."
[[statements]]
id = "quiet-en"
language = "en"
text = "Quiet, please."
[[sponsors]]
name = "Brinebank"
logo = "logos/brine.svg"
[[sponsors]]
name = "Lodewren Cables"
[[segments]]
id = "one"
title = "One"
starts = 2027-05-20T09:00:00Z
scenes = ["spotlight", "pair"]
[[segments]]
id = "two"
title = "Two"
after = "one"
scenes = { left = ["hold"], "*" = ["masonry"] }
[[segments]]
id = "three"
title = "Three"
after = "two"
"""


def test_the_desk_gets_screens_statements_and_scenes() -> None:
    edition = briefing.edition(script(SCREENS), NOW)
    main, left, right = edition.screens.values()
    assert (main.id, main.named, main.scenes, main.seconds) == (
        *("main", False),
        *(("masonry", "now-next"), 20),
    )
    assert (main.distance, main.width, main.version, main.hand) == (20, 4, 1, "")
    assert (main.statement, main.language) == ("Hiljaa, kiitos.", "fi")
    assert (left.id, left.named, left.title) == ("left", True, "Left of the stage")
    assert (left.scenes, left.seconds) == (("statement",), 20)
    assert (left.distance, left.width) == (20, 6.5)
    assert (right.title, right.scenes, right.seconds) == ("right", main.scenes, 5)
    assert (right.distance, right.width) == (8, 4)
    assert showing(left, NOW) == "statement"
    rules = edition.rules
    assert rules.statements == {
        "quiet": ("Hiljaa, kiitos.", "fi"),
        "quiet-en": ("Quiet, please.", "en"),
    }
    assert rules.scenes == {
        "one": {"*": ("spotlight", "pair")},
        "two": {"left": ("hold",), "*": ("masonry",)},
    }
    assert rules.cards == 60
    assert briefing.desk_rules(script("[wall]\ncards = 60\n"), NOW).cards == 60


def test_the_scene_has_the_houses_frame() -> None:
    scene = briefing.edition(script(SCREENS), NOW, theme="0123456789ab").scene
    assert (scene.theme, scene.cards, scene.language) == ("0123456789ab", 9, "fi")
    # The stylesheet has the accent; without one the scene has it.
    assert scene.accent == ""
    assert briefing.edition(script(SCREENS), NOW).scene.accent == "#0d5f5c"
    assert scene.logo == "/wall/theme/logo.svg"
    assert scene.corner
    brine = path_of("logos/brine.svg")
    assert scene.sponsors == (Sponsor("Brinebank", brine), Sponsor("Lodewren Cables"))


@pytest.mark.parametrize(
    ("where", "corner", "sponsors"), [("corner", True, 2), ("scene", False, 2), ("off", False, 0)]
)
def test_sponsors_are_where_the_script_wants_them(where: str, corner: bool, sponsors: int) -> None:
    text = SCREENS.replace("cards = 9", f'cards = 9\nsponsors = "{where}"')
    scene = briefing.edition(script(text), NOW).scene
    assert (scene.corner, len(scene.sponsors)) == (corner, sponsors)


def test_consoles_are_told_of_the_statements() -> None:
    told = briefing.welcome(script(SCREENS), NOW).statements
    assert [(one.id, one.text, one.language) for one in told] == [
        ("quiet", "Hiljaa, kiitos.", "fi"),
        ("quiet-en", "Quiet, please.", "en"),
    ]


def test_a_script_that_says_nothing_of_screens_has_one() -> None:
    edition = briefing.edition(script(), NOW)
    assert list(edition.screens) == ["main"]
    assert edition.screens["main"].scenes == ("masonry",)
    assert edition.scene.sponsors == ()
    assert not edition.scene.corner


def test_what_an_engine_went_by_is_recalled_also_from_before_there_were_screens() -> None:
    one = script(SCREENS + OWN.partition("[theme]")[1] + OWN.partition("[theme]")[2])
    assert briefing.recalled(briefing.kept(one)) == one
    earlier = '{"version":1,"event":{"id":"fair","title":"The fair"},"wall":{"cards":9}}'
    recalled = briefing.recalled(earlier)
    assert recalled is not None
    assert recalled.wall.theme == "dusk"
    assert briefing.edition(recalled, NOW).screens["main"].scenes == ("masonry",)


@pytest.mark.parametrize("name", ["demo", "conference", "match"])
def test_an_event_that_comes_along_has_its_files(name: str) -> None:
    folder = ROOT / "events"
    one = load(folder / f"{name}.toml")
    scene = briefing.edition(one, NOW).scene
    logos = {path for path in (scene.logo, *(sponsor.logo for sponsor in scene.sponsors)) if path}
    assert logos == files(one, folder).keys()
    assert in_order(stylesheet(one))
    for body in files(one, folder).values():
        assert not re.search(rb"<script|href|https?://(?!www\.w3\.org/2000/svg)|@import", body)
