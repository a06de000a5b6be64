"""Made-up posts, as many as wanted and the same every time, as JSON Lines.

Owns the mix of a flood. Texts, tags, links and pictures are as long and as frequent as in posts
that the networks sent us (a line has 350 to 800 bytes, a text 30 to 180 characters, 95 in the
middle); six languages; one post in ten asks something; of a hundred, twelve are reposts, four
repeat a text with other words around it, and four are sent a second time under the same id.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from pathlib import Path
from random import Random

SAID = {
    "en": (
        "What a save from the keeper, I still cannot believe it",
        "The whole street is shouting out of the windows",
        "Extra time and my heart will not make it",
        "That was never a foul, look at it again",
        "The band at half time was better than the first half",
        "Thirty thousand people singing and it rains sideways",
        "My grandmother just explained the offside rule to me",
        "The queue for coffee is longer than the match",
    ),
    "de": (
        "Unfassbar, wie er den noch von der Linie kratzt",
        "Die ganze Straße steht auf den Balkonen und schreit",
        "Verlängerung, und ich habe keine Nerven mehr übrig",
        "Das war nie im Leben ein Foul, bitte noch einmal ansehen",
        "Die Musik in der Pause war besser als die erste Hälfte",
        "Dreißigtausend Leute singen, und es regnet waagerecht",
        "Meine Oma hat mir gerade Abseits erklärt",
    ),
    "es": (
        "Qué parada del portero, todavía no me lo creo",
        "Toda la calle está gritando por las ventanas",
        "Prórroga, y mi corazón no lo va a aguantar",
        "Eso no fue falta jamás, mírenlo otra vez",
        "La banda del descanso fue mejor que el primer tiempo",
        "Treinta mil personas cantando y llueve de lado",
    ),
    "fi": (
        "Uskomaton torjunta, en vieläkään tajua miten se meni",
        "Koko katu huutaa ikkunoista ja parvekkeilta",
        "Jatkoaika, eikä sydän enää kestä tätä",
        "Tuo ei ollut virhe, katsokaa se uudestaan",
        "Väliajan bändi oli parempi kuin ensimmäinen puoliaika",
        "Kolmekymmentätuhatta ihmistä laulaa ja sataa vaakasuoraan",
    ),
    "it": (
        "Che parata del portiere, ancora non ci credo",
        "Tutta la strada urla dalle finestre",
        "Supplementari, e il mio cuore non ce la fa più",
        "Non era mai fallo, riguardatelo per favore",
        "La banda nell'intervallo era meglio del primo tempo",
        "Trentamila persone che cantano e piove di traverso",
    ),
    "no": (
        "For en redning av keeperen, jeg tror det ikke ennå",
        "Hele gata roper ut av vinduene",
        "Ekstraomganger, og hjertet mitt klarer ikke mer",
        "Det der var aldri frispark, se på det en gang til",
        "Bandet i pausen var bedre enn hele første omgang",
        "Tretti tusen mennesker synger, og det regner sidelengs",
    ),
}
ASKED = {
    "en": ("Does anybody know when the second half starts?", "Where can I see the replay?"),
    "de": ("Weiß jemand, wann die zweite Hälfte anfängt?", "Wo kann man das noch einmal sehen?"),
    "es": ("¿Alguien sabe cuándo empieza el segundo tiempo?", "¿Dónde se puede ver otra vez?"),
    "fi": ("Tietääkö kukaan milloin toinen puoliaika alkaa?", "Missä tämän voi nähdä uudestaan?"),
    "it": ("Qualcuno sa quando comincia il secondo tempo?", "Dove si può rivedere?"),
    "no": ("Vet noen når andre omgang begynner?", "Hvor kan man se det en gang til?"),
}
LANGUAGES = ("en", "en", "en", "es", "es", "de", "it", "fi", "no")
NETWORKS = ("x", "x", "x", "x", "x", "x", "x", "bluesky", "bluesky", "mastodon")
ENDINGS = ("", "", "", " \U0001f62d\U0001f62d", " ⚽", " ❤️", "!!!", " \U0001f64f\U0001f3fd")
TAGS = ("", "", " #final", " #final2014", " #goal #final")
SYLLABLES = "ba ke lo mi nu ra se to vi ja le no pi ru sa te vo ha do gi".split()
AUTHORS = 40_000
REMEMBERED = 2_000
"""Posts of the last moments, from which reposts and repeats are taken."""


@dataclass(frozen=True, slots=True)
class Flood:
    """A file of posts, and how many of them are different ones."""

    path: Path
    lines: int
    unique: int


def write(path: Path, lines: int, *, a_second: float = 10_312, lead: float = 0.0) -> Flood:
    """Write `lines` posts that were said at an even rate, the first `lead` seconds before."""
    random = Random(2014)
    latest: deque[tuple[str, str, str]] = deque(maxlen=REMEMBERED)
    repeats = 0
    with path.open("w", encoding="utf-8") as file:
        for number in range(lines):
            at = _moment(lead + number / a_second if number else 0.0)
            chance = random.random()
            if latest and chance < 0.04:
                repeats += 1
                file.write(random.choice(latest)[0])
                continue
            if latest and chance < 0.20:
                _, language, text = random.choice(latest)
                kind = "repost" if chance < 0.16 else "post"
                if kind == "post":
                    text = f"{text.partition(' http')[0]} {random.choice(SAID[language])[:12]}"
                line = _line(random, number, at, language, text, kind)
            else:
                language = random.choice(LANGUAGES)
                text = _text(random, language)
                line = _line(random, number, at, language, text)
            latest.append((line, language, text))
            file.write(line)
    return Flood(path, lines, lines - repeats)


def _line(
    random: Random, number: int, at: str, language: str, text: str, kind: str = "post"
) -> str:
    network = random.choice(NETWORKS)
    author = random.randrange(AUTHORS)
    handle = f"fan_{author:05}" if network == "x" else f"fan-{author:05}.{network}.example"
    tags = ", ".join(f'"{word[1:]}"' for word in text.split() if word[0] == "#")
    more = f', "language": "{language}"' if network == "x" or author % 4 else ""
    more += f', "tags": [{tags}]' if tags else ""
    if kind == "repost":
        more += f', "kind": "repost", "in_reply_to": "{10**18 + number - 1}"'
    if " https://" in text:
        more += f', "links": ["https://news.example/{text.rpartition("/")[2]}"]'
    if random.random() < 0.2:
        more += (
            ', "media": [{"kind": "image", "url": "https://pictures.example/'
            f'{network}/{number:09}/large.jpg", "alt": "{text[:50]}",'
            ' "width": 1400, "height": 787}]'
        )
    return (
        f'{{"network": "{network}", "id": "{10**18 + number}", "created_at": "{at}",'
        f' "text": "{text}", "author": {{"id": "{author * 7919}", "handle": "{handle}",'
        f' "name": "Fan {author} of {language}", "followers": {author % 3000},'
        f' "verified": {"true" if author % 50 == 0 else "false"}, "bot": false}},'
        f' "url": "https://{network}.example/{handle}/status/{10**18 + number}"{more}}}\n'
    )


def _text(random: Random, language: str) -> str:
    text = random.choice(SAID[language])
    if random.random() < 0.11:
        text = random.choice(ASKED[language]) + (f" {text}" if random.random() < 0.4 else "")
    elif random.random() < 0.5:
        text += f". {random.choice(SAID[language])}"
    # Without a name or a number of its own, nearly every text would be a copy of another.
    text += f" {_name(random)} {random.randrange(10_000)}"
    text += random.choice(ENDINGS) + random.choice(TAGS)
    if random.random() < 0.15:
        text += f" https://news.example/{random.randrange(10**6):06}"
    return text


def _name(random: Random) -> str:
    return "".join(random.choices(SYLLABLES, k=3)).capitalize()


def _moment(seconds: float) -> str:
    whole, fraction = divmod(round(seconds * 1_000_000), 1_000_000)
    minutes, second = divmod(whole, 60)
    return f"2014-07-13T{19 + minutes // 60:02}:{minutes % 60:02}:{second:02}.{fraction:06}Z"
