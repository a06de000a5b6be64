"""A stage for the wall alone: its real files and its real frames, without an engine behind them.

Owns a small server on loopback that a test can make fail on command: cut the line, refuse it, say
nothing, say nonsense. `python -m tests.browser.stage` plays a made-up evening on it, to look at by
hand. It decides nothing that the desk decides: what a test puts is what the screens get.
"""

import asyncio
import io
import itertools
import sys
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import msgspec
import segno
from aiohttp import WSMsgType, web

from eventlive.messages import PROTOCOL, Changed, Pulse, Seen, Show
from eventlive.model import Card, Media, Network, Programme, Scene, Screen, Shown
from eventlive.pages import EVERYWHERE, HEADERS

FILES = Path(__file__).resolve().parents[2] / "eventlive" / "wall"
TYPES = {
    ".html": "text/html",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
SCENE = Scene(
    id="scene",
    version=1,
    title="An evening about the sea",
    hashtag="SeaEvening",
    link="https://sea.example/evening",
    accent="#ffb35c",
    now="Who owns the deep? A talk with Maren Holt and Idris Achebe",
)
NOON = datetime(2025, 5, 3, 12, 0, tzinfo=UTC)

_encode = msgspec.json.Encoder().encode
_seen = msgspec.json.Decoder(Seen)


class Stage:
    """The wall's page at `url`; what is put or dropped goes to every screen attached.

    `refusing` answers the line with 503, `silent` takes it and says nothing, `broken`
    gives no page. `asked` lists the
    paths asked for, `seen` what screens confirmed, `lines` counts the connections so far. `now` is
    the engine's clock, `age` for how many seconds it is away behind a relay, `themes` the
    stylesheets by their names. Use `screens` and `programme` to say what the first picture has.
    """

    def __init__(
        self,
        scene: Scene = SCENE,
        *cards: Card,
        screens: Sequence[Screen] = (),
        programme: Programme | None = None,
    ) -> None:
        self.scene = scene
        self.screens = {screen.id: screen for screen in screens}
        self.programme = programme
        self.age = 0.0
        self.themes: dict[str, str] = {}
        self.cards = {card.id: card for card in cards}
        self.seq = 0
        self.refusing = False
        self.silent = False
        self.broken = False
        self.lines = 0
        self.asked: list[str] = []
        self.seen: list[Seen] = []
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self._screens: dict[web.WebSocketResponse, asyncio.Transport] = {}
        self._news = asyncio.Condition()
        self._closing = AsyncExitStack()
        self._runner: web.AppRunner
        self.url = ""

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/wall", self._wall)
        app.router.add_get("/wall/qr.svg", self._qr)
        app.router.add_get("/wall/time", self._time)
        app.router.add_get("/wall/theme/{theme}.css", self._theme)
        app.router.add_get("/wall/theme/{file}", self._picture)
        app.router.add_get("/wall/picture/{file}", self._picture)
        app.router.add_get("/wall/{file:[a-z/-]+[.](?:js|css|svg)}", self._file)
        app.router.add_get("/pictures/{file}", self._picture)
        app.on_response_prepare.append(_add_headers)
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        await runner.setup()
        self._closing.push_async_callback(runner.cleanup)
        self._closing.push_async_callback(self.cut)
        self._runner = runner
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        self.url = f"http://{host}:{port}/wall"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._closing.aclose()

    # --- what an engine would say -------------------------------------------------------------

    async def put(self, *things: Shown) -> int:
        """Put cards, a scene, a screen or the programme, as one change; gives its `seq`."""
        for thing in things:
            match thing:
                case Card():
                    self.cards[thing.id] = thing
                case Scene():
                    self.scene = thing
                case Screen():
                    self.screens[thing.id] = thing
                case Programme():
                    self.programme = thing
        return await self._change(things, ())

    async def drop(self, *ids: str) -> int:
        """Take cards off, as one change; gives its `seq`."""
        for one in ids:
            self.cards.pop(one, None)
        return await self._change((), tuple(("card", one) for one in ids))

    async def scene_with(self, **changes: object) -> int:
        """Put the scene with some fields changed, in a newer version."""
        version = self.scene.version + 1
        return await self.put(msgspec.structs.replace(self.scene, version=version, **changes))

    async def screen_with(self, name: str = "main", **changes: object) -> int:
        """Put a screen with some fields changed, in a newer version."""
        was = self.screens.get(name, Screen(id=name, version=0))
        return await self.put(msgspec.structs.replace(was, version=was.version + 1, **changes))

    async def pulse(self) -> None:
        """A sign of life."""
        await self.say(_encode(Pulse(seq=self.seq, now=self.now(), age=self.age)))

    async def say(self, frame: str | bytes) -> None:
        """Send a frame as it is, sense or nonsense."""
        text = frame.decode() if isinstance(frame, bytes) else frame
        for screen in tuple(self._screens):
            await screen.send_str(text)

    async def say_bytes(self, frame: bytes) -> None:
        """Send a binary frame, which no wall is ever sent."""
        for screen in tuple(self._screens):
            await screen.send_bytes(frame)

    async def cut(self) -> None:
        """Cut every line, without a goodbye."""
        for transport in tuple(self._screens.values()):
            transport.abort()

    async def leave(self) -> None:
        """Be gone as a killed engine is: no port answers, no line is left, none is kept alive."""
        await self.cut()
        await self._runner.cleanup()

    async def until(self, true: Callable[[], bool], limit: float = 10) -> None:
        """Wait until something holds that screens bring about. Raises TimeoutError."""
        async with asyncio.timeout(limit), self._news:
            await self._news.wait_for(true)

    async def until_seen(self, seq: int) -> Seen:
        """Wait until a screen says that it drew `seq`."""
        await self.until(lambda: any(seen.seq >= seq for seen in self.seen))
        return next(seen for seen in self.seen if seen.seq >= seq)

    async def _change(self, put: Sequence[Shown], dropped: tuple[tuple[str, str], ...]) -> int:
        self.seq += 1
        await self.say(_encode(Changed(seq=self.seq, put=tuple(put), drop=dropped)))
        return self.seq

    # --- what a screen asks ---------------------------------------------------------------------

    async def _wall(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get("Upgrade", "").lower() != "websocket":
            self.asked.append(request.path)
            async with self._news:
                self._news.notify_all()
            if self.broken:
                raise web.HTTPServiceUnavailable
            return _file("index.html", "text/html")
        self.lines += 1
        async with self._news:
            self._news.notify_all()
        if self.refusing:
            raise web.HTTPServiceUnavailable
        screen = web.WebSocketResponse(compress=False)
        await screen.prepare(request)
        if not self.silent:
            show = Show(
                PROTOCOL,
                self.now(),
                self.seq,
                self.scene,
                tuple(self.cards.values()),
                tuple(self.screens.values()),
                self.programme,
                age=self.age,
            )
            await screen.send_str(_encode(show).decode())
        assert request.transport is not None
        self._screens[screen] = request.transport
        try:
            async for message in screen:
                if message.type is WSMsgType.TEXT:
                    async with self._news:
                        self.seen.append(_seen.decode(message.data))
                        self._news.notify_all()
        finally:
            del self._screens[screen]
        return screen

    async def _file(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        name = request.match_info["file"]
        if not (FILES / name).is_file():
            raise web.HTTPNotFound
        return _file(name, TYPES[Path(name).suffix])

    async def _time(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        return web.json_response(
            {"now": self.now().isoformat()}, headers={"Cache-Control": "no-store"}
        )

    async def _theme(self, request: web.Request) -> web.Response:
        self.asked.append(request.path_qs)
        sheet = self.themes.get(request.match_info["theme"])
        if sheet is None:
            raise web.HTTPNotFound
        return web.Response(text=sheet, content_type="text/css", charset="utf-8")

    async def _qr(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        if not self.scene.link:
            raise web.HTTPNotFound
        drawn = io.BytesIO()
        code = segno.make(self.scene.link, error="m", micro=False)
        code.save(drawn, kind="svg", xmldecl=False, omitsize=True, border=2, dark="#1b130f")
        return web.Response(body=drawn.getvalue(), content_type="image/svg+xml")

    async def _picture(self, request: web.Request) -> web.Response:
        self.asked.append(request.path)
        name = request.match_info["file"]
        if not name.endswith(".svg"):
            raise web.HTTPNotFound
        return web.Response(text=_sea(sum(name.encode())), content_type="image/svg+xml")


async def _add_headers(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update({**HEADERS, **EVERYWHERE, **response.headers})


def _file(name: str, kind: str) -> web.Response:
    return web.Response(body=(FILES / name).read_bytes(), content_type=kind, charset="utf-8")


def _sea(number: int) -> str:
    """Draw a made-up picture: a sun over waves."""
    hue = number * 47 % 360
    swell = f"q 100 {-60 + number % 30} 200 0 t 200 0 t 200 0 t 200 0"
    waves = "".join(
        f'<path d="M0 {430 + 70 * row} {swell} v 400 h -800 z"'
        f' fill="hsl({hue + 12 * row} 45% {38 - 8 * row}%)"/>'
        for row in range(4)
    )
    sun = f'cx="{250 + number % 300}" cy="240" r="110" fill="hsl({(hue + 40) % 360} 90% 80%)"'
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 600"'
        ' preserveAspectRatio="xMidYMid slice">'
        f'<rect width="800" height="600" fill="hsl({(hue + 190) % 360} 55% 72%)"/>'
        f"<circle {sun}/>{waves}</svg>"
    )


# --- a made-up evening -----------------------------------------------------------------------

_POSTS: tuple[tuple[Network, str, str, str, str, int], ...] = (
    (
        "bluesky",
        "Signe Dahl",
        "signe.sea.example",
        "en",
        "Standing room only, and you could hear a pin drop. #SeaEvening",
        0,
    ),
    (
        "mastodon",
        "Tuomas Ranta",
        "tuomas@saari.example",
        "fi",
        (
            "Kysymys paneelille: miten rannikon pienet satamat pärjäävät, kun suuret laivat "
            "eivät enää pysähdy? Meillä viimeinen lautta lähti lokakuussa. #SeaEvening"
        ),
        0,
    ),
    (
        "x",
        "Nadia Haddad",
        "nadia_h",
        "ar",
        ("البحر لا يملكه أحد، لكننا جميعًا مسؤولون عنه. كلام جميل من المنصة الليلة 🌊 #SeaEvening"),
        0,
    ),
    (
        "bluesky",
        "Harbour Light Choir",
        "choir.harbour.example",
        "en",
        "Sound check done. See you after the break!",
        1,
    ),
    (
        "x",
        "Jan de Wit",
        "jdewit",
        "de",
        (
            "Was mich wirklich beeindruckt: Niemand hier redet über Verzicht, alle reden "
            "darüber, was wir gewinnen, wenn die Tiefe in Ruhe gelassen wird. Dreißig Jahre "
            "Forschung in zwölf Minuten, und ich habe zum ersten Mal verstanden, warum "
            "Manganknollen kein Geröll sind. Danke an @marenholt und das ganze Haus. "
            "#SeaEvening"
        ),
        0,
    ),
    (
        "mastodon",
        "Io 🐙",
        "io@reef.example",
        "en",
        "🐙🌊💙",
        0,
    ),
    (
        "bluesky",
        "Camille Aubert",
        "camille.example",
        "fr",
        ("« La mer commence au robinet de la cuisine. » Je garde cette phrase. #SeaEvening"),
        0,
    ),
    (
        "mastodon",
        "Ragnhild Moe",
        "ragnhild@fjord.example",
        "nb",
        "Tre bilder fra utstillingen i foajeen. Gå innom før det stenger!",
        3,
    ),
    (
        "x",
        "Paul Okafor",
        "paulokafor",
        "en",
        (
            "Question for Idris: if a licence is sold for the seabed, who is paid: the "
            "country, the company, or the people who fish above it? #SeaEvening"
        ),
        0,
    ),
    (
        "bluesky",
        "Chiara",
        "chiara.example",
        "it",
        "Che serata!",
        0,
    ),
    (
        "bluesky",
        "Wei Ling",
        "weiling.example",
        "zh",
        "今晚的演讲太精彩了,希望有录像。#SeaEvening",
        0,
    ),
    (
        "mastodon",
        "The Night Ferry",
        "crew@ferry.example",
        "en",
        "The 23:10 waits for you tonight. Take your time with the questions.",
        2,
    ),
)


def lively(now: datetime, count: int = len(_POSTS)) -> list[Card]:
    """Make the first cards of the evening, said in the minutes before `now`, the newest last."""
    return [
        Card(
            id=f"{network}:{number}",
            version=1,
            order=number + 1,
            network=network,
            name=name,
            handle=handle,
            text=text,
            at=now - timedelta(seconds=8 + 70 * (count - 1 - number)),
            language=language,
            media=tuple(
                Media(url=f"/pictures/sea-{number}-{one}.svg", alt=f"The sea, picture {one + 1}")
                for one in range(pictures)
            ),
        )
        for number, (network, name, handle, language, text, pictures) in enumerate(_POSTS[:count])
    ]


async def _play() -> None:
    async with Stage(SCENE) as stage:
        print(f"{stage.url} (Ctrl-C ends it)", flush=True)
        for number in itertools.count():
            post = lively(datetime.now(UTC))[number % len(_POSTS)]
            await stage.put(
                msgspec.structs.replace(
                    post, id=f"{post.id}:{number}", order=number + 1, at=datetime.now(UTC)
                )
            )
            await stage.pulse()
            for old in list(stage.cards)[: -stage.scene.cards]:
                await stage.drop(old)
            await asyncio.sleep(5)


if __name__ == "__main__":
    try:
        asyncio.run(_play())
    except KeyboardInterrupt:
        sys.exit(0)
