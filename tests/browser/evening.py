"""Made-up words for the scenes: what an evening has, and what would break a layout.

Owns texts, cards and programmes that tests and pictures of the scenes share. Decides nothing.
"""

from datetime import UTC, datetime, timedelta

from eventlive.model import Card, Part, Programme
from tests.browser.screen import card, pictures

EVENING = datetime(2025, 5, 3, 18, 0, tzinfo=UTC)

QUESTION = (
    "Question for Idris: if a licence is sold for the seabed, who is paid: the country, the "
    "company, or the people who fish above it? #SeaEvening"
)
ANSWER = (
    "The fee goes to the seabed authority, which shares it among its member states. Those who "
    "fish above it get nothing today, and that is what the second half is about."
)
LETTER = ("A letter from the harbour, read aloud, word for word. " * 100)[:5000]
ARABIC = "البحر لا يملكه أحد، لكننا جميعًا مسؤولون عنه. كلام جميل من المنصة الليلة 🌊 #SeaEvening"
HEBREW = "הים איננו של איש, אבל כולנו אחראים לו. ערב טוב מהנמל 🌙"
CHINESE = "今晚的演讲太精彩了,希望有录像。大海不属于任何人,但我们都有责任。"
EMOJI = "🐙🌊💙👩‍🚀🏳️‍🌈🇫🇮" * 8
COMPOUND = "Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"
TITLE = "The Fourteenth International Assembly of Friends of the Deep Sea and Its Ports, in Full"
NAMES = {
    "name": "Professor Doctor Wilhelmina Alexandra von und zu Hohenfels-Schwarzenstein " * 3,
    "handle": "a.handle.as.long.as.they.come." * 6 + "example",
}

TEXTS: dict[str, Card] = {
    "usual": card(1, QUESTION, language="en", answer=ANSWER),
    "one word": card(1, "Yes!", answer="No."),
    "5,000 characters": card(1, LETTER, answer=LETTER),
    "chinese": card(1, CHINESE, language="zh", name="魏玲", answer=CHINESE),
    "arabic": card(1, ARABIC, language="ar", name="نادية حداد", answer=ARABIC),
    "hebrew": card(1, HEBREW, language="he", answer=ANSWER),
    "emoji": card(1, EMOJI, name="🐙", answer=EMOJI),
    "compound": card(1, COMPOUND, language="de", answer=COMPOUND),
    "endless": card(1, "x" * 700, answer="x" * 700),
    "names": card(1, QUESTION, answer=ANSWER, **NAMES),
    "warning": card(1, QUESTION, warning=ANSWER, answer=ANSWER),
    "pictured": card(1, QUESTION, media=pictures("/pictures/a.svg"), answer=ANSWER),
    "pictures": card(1, QUESTION, media=pictures(*(f"/pictures/{n}.svg" for n in "abc"))),
    "a picture alone": card(1, " ", media=pictures("/pictures/a.svg")),
}


def sixty(now: datetime = EVENING) -> list[Card]:
    """Make sixty cards of eleven people."""
    return [
        card(n, f"{n}. {QUESTION}", name=f"Person {n % 11}", handle=f"person{n % 11}.example",
             at=now - timedelta(minutes=60 - n), answer=ANSWER if n % 7 == 0 else "")
        for n in range(60)
    ]  # fmt: skip


def programme(now: datetime = EVENING, *, title: str = "Who owns the deep?") -> Programme:
    """Make a programme of one track: a part that runs, one by the clock, one by hand."""
    return Programme(
        id="programme",
        version=1,
        parts=(
            Part(
                id="talk", title=title, begins=now - timedelta(minutes=20),
                ends=now + timedelta(minutes=12, seconds=34), running=True, room="Great Hall",
                speakers=("Maren Holt", "Idris Achebe"),
            ),
            Part(id="break", title="Break, with soup", begins=now + timedelta(minutes=13)),
            Part(
                id="choir", title="Sounds from four thousand metres",
                begins=now + timedelta(minutes=40), by="hand", speakers=("Harbour Light Choir",),
            ),
        ),
    )  # fmt: skip
