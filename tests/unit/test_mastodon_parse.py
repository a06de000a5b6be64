"""Mastodon's statuses and frames: what is said is read, what is not for all is not, nothing harms.

The recordings are read a second time here, by other means, and the two must agree.
"""

import contextlib
import html
import json
import re
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eventlive.model import Author, Deleted, Edited, FeedEvent, Media, Post
from feeds.mastodon.archive import Archive, events
from feeds.mastodon.frames import BODY_MAX, read_frame
from feeds.mastodon.markup import HTML_MAX, TAGS_MAX, read_html
from feeds.mastodon.memory import Memory
from feeds.mastodon.posts import Named, Told, Unreadable, Withheld, answering, read_status
from feeds.mastodon.timeline import order
from tests.service.mastodon_stage import Stage

HERE = "localhost:3000"


# --- the recordings, read a second time ------------------------------------------------------


def recorded(cases: Path, name: str) -> list[Any]:
    text = (cases / "mastodon" / f"mastodon_{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def text_of(status: dict[str, Any]) -> str:
    """Reduce the recordings' HTML by rules for it alone."""
    said = status["content"]
    if status["quote"]:
        said = re.sub(r'<p class="quote-inline">.*?</p>', "", said)
    said = re.sub(
        r'<span class="h-card" translate="no"><a [^>]*>@<span>(\w+)</span></a></span>',
        rf"@\1@{HERE}",
        said,
    )
    said = re.sub(r'<a [^>]*rel="tag">#<span>(\w+)</span></a>', r"#\1", said)
    said = re.sub(r'<a href="([^"]+)"[^>]*>.*?</a>', r"\1", said)
    assert not set(re.findall("<([a-z]+)", said)) - {"p", "br"}
    said = re.sub(r"<br ?/?>", "\n", said.replace("</p><p>", "\n\n"))
    said = html.unescape(re.sub("</?p>", "", said))
    if status["poll"]:
        options = status["poll"]["options"]
        lines = [f"[ ] {one['title']} ({one['votes_count']})" for one in options]
        said = "\n\n".join(filter(None, [said, "\n".join(lines)]))
    return said


def expected(status: dict[str, Any]) -> dict[str, Any] | None:
    """Say what a recorded status should come to; None where it is not for everybody."""
    if status["visibility"] not in ("public", "unlisted"):
        return None
    said = status["reblog"] or status
    quoted = (status["quote"] or {}).get("quoted_status") or {}
    kind = "post"
    if status["reblog"]:
        kind = "repost"
    elif status["in_reply_to_id"]:
        kind = "reply"
    elif quoted:
        kind = "quote"
    kinds = {"image": "image", "video": "video"}
    return {
        "id": status["uri"],
        "author": f"{status['account']['username']}@{HERE}",
        "name": status["account"]["display_name"],
        "created_at": datetime.strptime(status["created_at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(
            tzinfo=UTC
        ),
        "text": text_of(said),
        "url": said["url"],
        "language": said["language"] or "",
        "kind": kind,
        "quoted": quoted.get("uri", ""),
        "answers": {"repost": said["uri"], "quote": quoted.get("uri", "")}.get(kind, ""),
        "tags": [tag["name"] for tag in said["tags"]],
        "mentions": [f"{one['acct']}@{HERE}" for one in said["mentions"]],
        "media": [
            (one["url"], kinds[one["type"]], one["description"] or "",
             one["meta"]["original"]["width"], one["meta"]["original"]["height"])
            for one in said["media_attachments"]
        ],
        "warning": said["spoiler_text"],
        "sensitive": said["sensitive"],
    }  # fmt: skip


def shown(post: Post) -> dict[str, Any]:
    return {
        "id": post.id,
        "author": post.author.handle,
        "name": post.author.name,
        "created_at": post.created_at,
        "text": post.text,
        "url": post.url,
        "language": post.language,
        "kind": post.kind,
        "quoted": post.quoted,
        "answers": post.in_reply_to,
        "tags": list(post.tags),
        "mentions": list(post.mentions),
        "media": [(one.url, one.kind, one.alt, one.width, one.height) for one in post.media],
        "warning": post.warning,
        "sensitive": post.sensitive,
    }


@pytest.mark.needs("cases")
def test_all_recorded_statuses_say_what_they_say(cases: Path) -> None:
    counts: Counter[str] = Counter()
    for status in recorded(cases, "statuses"):
        line = json.dumps(status).encode()
        should = expected(status)
        if should is None:
            with pytest.raises(Withheld, match=status["visibility"]):
                events(line)
            counts["withheld"] += 1
            continue
        (post,) = events(line)
        assert isinstance(post, Post)
        assert shown(post) == should
        counts[post.kind] += 1
        counts["media"] += bool(post.media)
        counts["tagged"] += bool(post.tags)
        counts["polls"] += "[ ]" in post.text
        counts["warned"] += bool(post.warning)
        counts["linked"] += bool(post.links)
    assert counts["withheld"] == 19
    assert counts["post"] + counts["reply"] + counts["repost"] + counts["quote"] == 209
    assert min(counts[kind] for kind in ("reply", "repost", "quote", "media", "polls")) > 0
    assert (counts["tagged"], counts["polls"], counts["warned"]) == (67, 3, 3)


@pytest.mark.needs("cases")
def test_all_recorded_frames_say_what_they_say(cases: Path) -> None:
    """Each by itself; then in order, where a delete finds its post by the server's number."""
    frames = [json.dumps(one["frame"]).encode() for one in recorded(cases, "ws_frames")]
    archive = Archive()
    alone: list[tuple[FeedEvent, ...]] = []
    together: list[tuple[FeedEvent, ...]] = []
    withheld = []
    for raw in frames:
        for way, into in ((events, alone), (archive.events, together)):
            try:
                into.append(way(raw))
            except Withheld as error:
                into.append(())
                withheld.append(str(error))
    for raw, found in zip(frames, alone, strict=True):
        frame = json.loads(raw)
        if frame.get("event") == "update":
            (post,) = found
            should = expected(json.loads(frame["payload"]))
            assert isinstance(post, Post)
            assert shown(post) == should
        else:  # two deletes, a notification, a conversation, a complaint of the server's
            assert found == ()
    assert sum(map(bool, alone)) == 9
    assert withheld == ["a status for direct audience is not for a wall"] * 2
    gone = [event for found in together for event in found if isinstance(event, Deleted)]
    firsts = [json.loads(json.loads(raw)["payload"])["uri"] for raw in frames[1:3]]
    assert [event.id for event in gone] == firsts
    posts = [event for found in together for event in found if isinstance(event, Post)]
    assert len(posts) == len({post.id for post in posts}) == 8  # one came by two streams


# --- one status ------------------------------------------------------------------------------


def status(text: str = "hello", **fields: Any) -> dict[str, Any]:
    """Write a status of anna's on social.example."""
    made = Stage("social.example").status("7", text, by="anna")
    return {**made, **fields}


def read(text: str = "hello", **fields: Any) -> Post:
    return read_status(status(text, **fields), "social.example", {}).post


def test_who_said_it() -> None:
    account = {"acct": "Anna", "url": "https://web.social.example/@Anna", "display_name": "A :cat:"}
    made = status(account={**account, "bot": True, "followers_count": -1})
    assert read_status(made, "social.example", {}).post.author == Author(
        "anna@social.example", "Anna@social.example", "A :cat:", 0, False, True
    )
    assert read_status(made, "", {}).post.author.handle == "Anna@web.social.example"
    remote = {**account, "acct": "Ben@else.example"}
    assert read(account=remote).author.id == "ben@else.example"


def test_warning_language_and_place() -> None:
    post = read(spoiler_text="food", sensitive=True, language="pt-BR", url=None)
    assert (post.warning, post.sensitive, post.language) == ("food", True, "pt")
    assert post.url == post.id == "https://social.example/users/anna/statuses/7"


def attachment(kind: str, **fields: Any) -> dict[str, Any]:
    size = {"original": {"width": 640, "height": 480}}
    return {"type": kind, "url": f"https://f.example/{kind}", "meta": size, **fields}


def test_several_pictures_films_and_what_cannot_be_shown() -> None:
    post = read(
        media_attachments=[
            attachment("image", description="a stage"),
            attachment("gifv", description=None),
            attachment("video", url=None, remote_url="https://r.example/v", meta=None),
            attachment("audio"),
            attachment("unknown"),
            attachment("image", url=None),
            None,
            attachment("image", meta={"original": {"width": -1, "height": 1e9}}),
        ]
    )
    assert post.media == (
        Media("https://f.example/image", "image", "a stage", 640, 480),
        Media("https://f.example/gifv", "gif", "", 640, 480),
        Media("https://r.example/v", "video"),
        Media("https://f.example/image", "image"),
    )


def test_a_poll_is_lines_under_the_text() -> None:
    options = [{"title": "yes,\nplease", "votes_count": 3}, {"title": "no", "votes_count": None}]
    assert read("Now?", poll={"options": options}).text == "Now?\n\n[ ] yes, please (3)\n[ ] no"


def test_a_reply_knows_what_it_answers() -> None:
    parent = Named("https://else.example/1", "ben@else.example")
    told = read_status(status(in_reply_to_id="5"), "social.example", {"5": parent})
    assert (told.post.kind, told.post.in_reply_to, told.asks) == ("reply", parent.uri, "")
    assert told.post.to == ("ben@else.example",)
    # Where the number is not known, the mentions may say whose it was, or it was one's own.
    mention = {"id": "9", "acct": "ben@else.example", "url": "https://else.example/@ben"}
    told = read_status(
        status(in_reply_to_id="5", in_reply_to_account_id="9", mentions=[mention]), "", {}
    )
    assert (told.post.in_reply_to, told.post.to, told.asks) == ("", ("ben@else.example",), "5")
    answered = answering(told, parent)
    assert (answered.post.in_reply_to, answered.post.to) == (parent.uri, (parent.handle,))
    own = status(in_reply_to_id="5", in_reply_to_account_id="1anna")
    assert read_status(own, "", {}).post.to == ("anna@social.example",)


QUOTED = {"uri": "https://else.example/2", "account": {"acct": "ben@else.example"}}


@pytest.mark.parametrize(
    ("quote", "found"),
    [
        ({"state": "accepted", "quoted_status": QUOTED}, True),
        (QUOTED, True),  # as Pleroma's relatives write it
        ({"state": "accepted", "quoted_status_id": "2"}, True),
        ({"state": "revoked", "quoted_status": None}, False),
        ({"state": "pending", "quoted_status": None}, False),
        (None, False),
        ("https://else.example/2", False),
    ],
)
def test_quotes(quote: Any, found: bool) -> None:
    names = {"2": Named("https://else.example/2", "ben@else.example")}
    told = read_status(status(quote=quote), "", names)
    post = told.post
    if not found:
        assert (post.kind, post.in_reply_to, post.quoted, post.to) == ("post", "", "", ())
        return
    assert (post.kind, post.in_reply_to, post.quoted) == ("quote", QUOTED["uri"], QUOTED["uri"])
    assert post.to == ("ben@else.example",)
    # A reply that quotes is a reply; what it quotes is not what it answers.
    reply = read_status(status(quote=quote, in_reply_to_id="5"), "", names).post
    assert (reply.kind, reply.in_reply_to, reply.quoted) == ("reply", "", QUOTED["uri"])


def test_a_repost_shows_what_it_repeats() -> None:
    inner = {**status("said"), "uri": "https://else.example/3"}
    inner["account"] = {"acct": "ben@else.example"}
    post = read("", reblog=inner, uri="https://social.example/boost")
    assert (post.kind, post.in_reply_to, post.text) == ("repost", inner["uri"], "said")
    assert (post.id, post.author.handle) == ("https://social.example/boost", "anna@social.example")
    with pytest.raises(Withheld):
        read("", reblog={**inner, "visibility": "private"})


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"id": None}, "no id and uri"),
        ({"uri": 5}, "no id and uri"),
        ({"created_at": "yesterday"}, "does not say when"),
        ({"created_at": "2026-10-14T19:03:18"}, "does not say when"),  # no zone
        ({"account": None}, "without its author"),
        ({"account": {"acct": "x", "url": "https://["}}, "without its author"),
        ({"visibility": None}, "unknown audience"),
        ({"visibility": "direct"}, "direct audience"),
        ({"visibility": "local"}, "local audience"),
    ],
)
def test_what_is_no_post_says_why(fields: dict[str, Any], reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_status(status(**fields), "", {})


# --- HTML ------------------------------------------------------------------------------------

PEOPLE = {"https://social.example/users/9": "ben@else.example"}
LONG = "https://example.org/a/very/long/path?a=1&b=2#c"


PAGES: dict[str, tuple[str, str]] = {
    "paragraphs": ("<p>a</p><p>b<br>c<br />d</p>", "a\n\nb\nc\nd"),
    "entities": ("<p>&lt;b&gt; &amp; I&#39;m &#x1F389;&nbsp;&eacute;</p>", "<b> & I'm 🎉\xa0é"),
    "spaces": ("<p> a \n b </p>\n<p>\tc</p>", "a b\n\nc"),
    "emphasis": ("<p><b>bold</b><i> it</i> <del>x</del>y", "bold it xy"),
    "emoji": ("<p>:blobcat: x :a_b:</p>", ":blobcat: x :a_b:"),
    "emoji pictures": ('a <img class="emoji" alt=":blob:" src="x"> b', "a :blob: b"),
    "a link, cut": (
        (
            f'<a href="{html.escape(LONG)}"><span class="invisible">https://</span>'
            '<span class="ellipsis">example.org/a/very/long</span>'
            '<span class="invisible">/path?a=1&amp;b=2#c</span></a>'
        ),
        LONG,
    ),
    "a link, cut with dots": (f'<a href="{html.escape(LONG)}">example.org/a/v…</a>', LONG),
    "a link in letters": (
        '<a href="https://ja.example/%E6%97%A5">ja.example/日</a>',
        "https://ja.example/%E6%97%A5",
    ),
    "a link with a name": (
        '<a href="https://example.org/x">here</a>',
        "here (https://example.org/x)",
    ),
    "a link that lies": (
        '<a href="https://evil.example/">https://bank.example</a>',
        "https://bank.example (https://evil.example/)",
    ),
    "no link": ('<a href="javascript:x">a</a> <a href="/b">b</a> <a>c</a>', "a b c"),
    "a broken link": ('<a href="https://[">a</a>', "a"),
    "mastodon": (
        (
            '<p><span class="h-card" translate="no"><a href="https://social.example/@anna" '
            'class="u-url mention">@<span>anna</span></a></span> hi <a '
            'href="https://social.example/tags/Try" class="mention hashtag" rel="tag">'
            "#<span>Try</span></a></p>"
        ),
        "@anna@social.example hi #Try",
    ),
    "someone elsewhere": (
        '<a href="https://social.example/@ben@else.example" class="mention">@ben</a>',
        "@ben@else.example",
    ),
    "someone by number": (
        '<a href="https://social.example/users/9" class="u-url mention">@<span>b</span></a>',
        "@ben@else.example",
    ),
    "pleroma": (
        (
            '<span class="h-card"><a class="u-url mention" data-user="9" '
            'href="https://p.example/users/carla" rel="ugc">@<span>carla</span></a></span> '
            '<a class="hashtag" data-tag="try" href="https://p.example/tag/try" '
            'rel="tag ugc">#try</a><br/>next'
        ),
        "@carla@p.example #try\nnext",
    ),
    "misskey": (
        (
            '<p><a href="https://mk.example/@dora" class="u-url mention">@dora@mk.example</a>'
            '<span> </span><a href="https://mk.example/tags/x" rel="tag">#x</a><span>.<br>'
            "<ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby></span></p>"
        ),
        "@dora@mk.example #x.\n漢字(かんじ)",
    ),
    "gotosocial": (
        (
            '<p><span class="h-card"><a href="https://gts.example/@eva" class="u-url mention" '
            'rel="nofollow noreferrer noopener" target="_blank">@<span>eva</span></a></span> '
            '<a href="https://gts.example/tags/try" class="mention hashtag" rel="tag nofollow">'
            "#<span>try</span></a></p>"
        ),
        "@eva@gts.example #try",
    ),
    "a list": (
        "<p>x</p><ul><li>a</li><li><p>b</p><ol><li>c</li><li>d</li></ol></li></ul>y",
        "x\n\n- a\n\n- b\n\n  1. c\n  2. d\n\ny",
    ),
    "a quotation": (
        "before<blockquote><p>a</p><p>b<br>c</p></blockquote>after",
        "before\n\n> a\n>\n> b\n> c\n\nafter",
    ),
    "code": ("<pre><code>def x():\n    return 1</code></pre>", "def x():\n    return 1"),
    "a table": ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
    "unseen": (
        "<p>a<span class='invisible'>x</span></p><script>b</script><style>c</style>",
        "a",
    ),
    "not closed": ("<p>a<b>b<p>c</i></div>d", "ab\n\ncd"),
    "no tags": ("a < b && c > d", "a < b && c > d"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize("name", PAGES)
def test_html(name: str) -> None:
    page, text = PAGES[name]
    assert read_html(page, PEOPLE).text == text


def test_links_are_what_names_neither_people_nor_tags() -> None:
    page = (
        '<a href="https://a.example/">a.example</a> <a href="https://a.example/">again</a> '
        '<a class="mention" href="https://social.example/@anna">@anna</a> '
        '<a rel="tag" href="https://social.example/tags/x">#x</a> <a href="gemini://g">g</a>'
    )
    assert read_html(page, {}).links == ("https://a.example/",)
    card = {"url": "https://card.example/"}
    assert read(content=page, card=card).links == ("https://a.example/", "https://card.example/")


def test_the_line_that_stands_for_a_quoted_post_is_left_out_where_that_is_known() -> None:
    for tag in ("p", "span"):
        link = '<a href="https://else.example/2">else.example/2</a>'
        page = f'<p>look</p><{tag} class="quote-inline"><br>RE: {link}</{tag}>'
        quote = {"state": "accepted", "quoted_status": QUOTED}
        assert read(content=page, quote=quote).text == "look"
        assert read(content=page).text.endswith("RE: https://else.example/2")


HOSTILE: dict[str, str] = {
    "nested divs": "<div>" * 100_000 + "x",
    "nested lists": "<ul><li>" * 50_000 + "x",
    "nested quotations": "<blockquote>" * 100_000 + "x",
    "nested links": "<a href='https://x.example'>" * 50_000 + "x",
    "nested emphasis": "<b><i><u>" * 40_000 + "x",
    "emphasis opened again": "<p>" + "".join(f"<b a{n}>" for n in range(5_000)) + "<p>x" * 5_000,
    "many attributes": "<p " + " ".join(f"a{n}=1" for n in range(50_000)) + ">x",
    "closes nothing": "<b>" * 5_000 + "</h1>" * 20_000,
    "crossed": "<a><b><i></a></b></i>" * 8_000,
    "tables": "<table>" * 20_000 + "x",
    "begun": "<a " * 50_000,
    "comments": "<!--" * 50_000,
    "entities": "&amp;" * 100_000,
    "bad entities": "&nopeeee" * 100_000,
    "closed": "<span>" * 100_000 + "x" + "</span>" * 100_000,
    "breaks": "<br>" * 100_000,
    "signs": "<" * 300_000,
    "a word": "x" * 300_000,
    "zeros": "\x00" * 300_000,
    "half a pair": "\ud800" * 1_000,
    # Formatting tags that no two are equal of, in every way to write one.
    **{
        f"all different: {begun}": "".join(f"<li><{begun}c={n}>x" for n in range(300))
        for begun in ("code ", "FONT\t", "b\n", "u/", "s d='<' ", "<i>i ", "a href=https://x/")
    },
}


def cost(page: str) -> float:
    """Give the least of three times that a page takes."""
    times = []
    for _ in range(3):
        started = time.process_time()
        read_html(page, {})
        times.append(time.process_time() - started)
    return min(times)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_html_costs_what_as_many_honest_tags_do(name: str) -> None:
    reading = read_html(HOSTILE[name], {})
    assert len(reading.text) <= HTML_MAX * 2
    assert cost(HOSTILE[name]) < 6 * cost("<p>x" * TAGS_MAX)


def test_formatting_means_nothing_and_costs_its_tags() -> None:
    """The parser opens an unclosed <b> again in every later paragraph; nobody reads that."""
    assert read_html('<B>a</B>b <i class="invisible">c</i><body>d <base>e <br>f', {}).text == (
        "ab d e\nf"
    )
    assert cost("<p><b>x" * (TAGS_MAX // 2)) < 1.5 * cost("<p>x" * TAGS_MAX)


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert read_html("<p>a</p>" + "<br>" * TAGS_MAX + "b", {}).text == "a …"
    assert read_html("x" * HTML_MAX, {}).text == "x" * HTML_MAX
    assert read_html("x" * (HTML_MAX + 1), {}).text == "x" * HTML_MAX + " …"


PIECES = [
    *"<>/&;'\" =#@\n",
    *"a p b ul li br pre blockquote href class mention".split(),
    "https://x.example",
    "é",
    "\ud800",
]


@given(st.lists(st.sampled_from(PIECES)))
def test_any_html_is_read(pieces: list[str]) -> None:
    read_html("".join(pieces), {"https://x.example": "x@x.example"})


# --- bodies ----------------------------------------------------------------------------------


def encoded(body: object) -> bytes:
    return json.dumps(body).encode()


def test_bodies_that_hold_statuses() -> None:
    one, two = status("one"), status("two", id="8", uri="https://social.example/8")
    hidden = status("three", id="9", uri="https://social.example/9", visibility="private")
    notification = {"id": "1", "type": "mention", "account": one["account"], "status": one}
    for body, count in (
        (one, 1),
        ([one, two, hidden], 2),
        ({"accounts": [], "statuses": [one, two], "hashtags": []}, 2),
        ({"ancestors": [one], "descendants": [two, hidden]}, 2),
        (notification, 1),
        ([notification, {**notification, "type": "favourite"}], 1),
        ({"stream": ["user"], "event": "update", "payload": json.dumps(one)}, 1),
        ({"stream": ["user"], "event": "update", "payload": one}, 1),
        ({"error": "Record not found"}, 0),
        ({"stream": ["user"], "event": "filters_changed"}, 0),
        ({**notification, "type": "follow", "status": None}, 0),
        ({"id": "1", "unread": True, "last_status": hidden, "accounts": []}, 0),
        ([], 0),
        ("hello", 0),
        (None, 0),
    ):
        assert len(events(encoded(body))) == count, body
    with pytest.raises(Withheld):
        events(encoded([hidden]))


@pytest.mark.parametrize("name", ["status.update", "status_update"])
def test_an_edit_is_one(name: str) -> None:
    edited_at = "2026-10-17T18:49:40.271Z"
    changed = status("mended", edited_at=edited_at)
    frame = encoded({"stream": ["user"], "event": name, "payload": json.dumps(changed)})
    (edit,) = events(frame)
    at = datetime(2026, 10, 17, 18, 49, 40, 271000, tzinfo=UTC)
    assert edit == Edited(read("mended", edited_at=edited_at), at)
    archive = Archive()
    assert archive.events(encoded(status("first"))) == (read("first"),)
    assert archive.events(encoded(status("first"))) == ()
    assert archive.events(encoded(changed)) == (edit,)
    assert archive.events(frame) == ()
    assert archive.events(encoded({"event": "delete", "payload": "7"})) == (
        Deleted("mastodon", read().id),
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"\xff\xfe{}", "not JSON"),
        (b'{"event": "update", "payload": "{"}', "not JSON"),
        (b'{"event": "update", "payload": "7"}', "no object"),
        (b'{"event": "delete", "payload": {}}', "without the number"),
        (b'{"event": "delete"}', "without the number"),
        (b" " * (BODY_MAX + 1), "is the limit"),
        (encoded([{"uri": "x", "visibility": "public"}]), "no id and uri"),
    ],
)
def test_what_is_broken_says_why(line: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        events(line)


@pytest.mark.needs("cases")
def test_the_json_parsing_suite_and_naughty_strings_do_no_harm(cases: Path) -> None:
    suite = json.loads((cases / "hostile" / "json_parsing.json").read_text())
    for case in suite:
        raw = case["input"].encode() if "input" in case else bytes.fromhex(case["hex"])
        try:
            assert events(raw) == ()
        except Unreadable:
            assert not case["name"].startswith("y_"), case
        else:
            assert not case["name"].startswith("n_"), case
        for read_line in (events, read_frame):
            for line in (b'{"event":"update","payload":' + raw + b"}", b'{"uri":' + raw + b"}"):
                with contextlib.suppress(Unreadable):
                    read_line(line)
    for word in json.loads((cases / "hostile" / "naughty_strings.json").read_text()):
        post = read(word, spoiler_text=word, tags=[{"name": word}], language=word)
        shown_words = " ".join(html.unescape(html.escape(word)).split())
        assert " ".join(post.text.split()).replace("\ufffd", "") in (
            shown_words.replace("\ufffd", ""),
            shown_words.replace("\x00", ""),
        ) or "\x00" in word, word  # fmt: skip


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(["id", "uri", "acct", "url", "type", "name", "title", "options", "meta",
                         "original", "quoted_status", "state", "visibility", "account"]),
        inner, max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(st.sampled_from(sorted(status())), JSON)
def test_a_field_of_any_shape_is_left_out_or_refused(name: str, value: object) -> None:
    fields: dict[str, Any] = {name: value}
    with contextlib.suppress(Unreadable):
        read_status(status(**fields), "", {})


# --- what is new -----------------------------------------------------------------------------


def told(number: str = "7", edited: int = 0, uri: str = "https://social.example/7") -> Told:
    made = read_status(status(f"form {edited}", id=number, uri=uri), "", {})
    at = datetime(2026, 10, 17, edited, tzinfo=UTC) if edited else None
    return Told(made.post, number, at)


def test_what_is_told_again_is_not_handed_over_again() -> None:
    memory = Memory()
    first, second, third = told(), told(edited=1), told(edited=2)
    assert memory.said("a", first) == first.post
    assert memory.said("a", first) is None
    assert memory.said("b", told("70")) is None  # another server's number for it
    behind = told("70", edited=1)
    assert memory.said("b", behind) == Edited(second.post, second.edited_at)
    assert memory.said("a", second) is None
    assert memory.said("a", third) == Edited(third.post, third.edited_at)
    assert memory.said("b", behind) is None
    assert memory.removed("b", "7") is None  # a number of the other server's
    assert memory.removed("b", "70") == Deleted("mastodon", first.post.id)
    assert memory.removed("a", "7") is None
    assert memory.said("a", third) is None  # it stays away


def test_posts_of_an_earlier_run_are_known_by_their_ids() -> None:
    memory = Memory([told().post.id])
    assert memory.said("a", told()) is None
    changed = told(edited=1)
    assert memory.said("a", changed) == Edited(changed.post, changed.edited_at)
    assert memory.removed("a", "7") == Deleted("mastodon", told().post.id)


def test_a_servers_numbers_are_sorted_by_age() -> None:
    """Mastodon's grow in value; those of others are letters of one length."""
    for by_age in (["9", "10", "117440813345128578"], ["9uZk", "AbCa", "AbCb"]):
        assert sorted(set(by_age), key=order) == by_age


def test_the_memory_is_bounded() -> None:
    memory = Memory(size=3)
    every = [told(str(n), 0, f"https://social.example/{n}") for n in range(10)]
    for one in every:
        assert memory.said("a", one) == one.post
    assert memory.removed("a", "6") is None
    assert memory.removed("a", "7") is not None
    assert len(memory.names("a")) == 3
