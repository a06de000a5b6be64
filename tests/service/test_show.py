"""Whole shows through a real engine: what went out, when, from where."""

import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from eventlive.messages import (
    ApprovePost,
    EndSegment,
    Reload,
    SkipSegment,
    SlipSegment,
    StartSegment,
)
from eventlive.script import load
from tests.parts import ROOT
from tests.service.shows import kept, plan, played, playing, times

EVENTS = ("demo", "conference", "panel", "launch", "fair", "match")


@pytest.mark.parametrize("name", EVENTS)
async def test_each_script_plays_through_as_it_says(name: str, tmp_path: Path) -> None:
    """From the evening before to the day after: everything out, in its minute, by its account."""
    path = ROOT / "events" / f"{name}.toml"
    script = load(path)
    segments, wanted = times(script), plan(script)
    first = min([begins for begins, _ in segments.values()] + [one.at for one in wanted])
    last = max([ends for _, ends in segments.values()] + [one.at for one in wanted])
    by_hand = sorted(
        [
            (segments[one.id][0], 1, StartSegment(one.id))
            for one in script.segments
            if one.by == "hand"
        ]
        + [
            (segments[one.id][1], 0, EndSegment(one.id))
            for one in script.segments
            if one.by == "hand"
        ],
        key=lambda one: one[:2],
    )
    async with playing(path, tmp_path, first - timedelta(hours=12)) as show:
        for post in show.posts():
            if post.needs_approval:
                await show.says(ApprovePost(post.id, post.version), "bea")
        for at, _, command in by_hand:
            await show.goes_on(at)
            await show.says(command)
        await show.goes_on(last + timedelta(hours=12))
        out = played(show)
        left = [one for one in show.posts() if one.state not in ("sent", "draft")]
    assert [(one.account, one.post) for one in out] == [(one.account, one.post) for one in wanted]
    for went, planned in zip(out, wanted, strict=True):
        assert went.at == planned.at, f"{went.post} went out at {went.at}"
    assert not left, f"{left[0].id} is {left[0].state}: {left[0].reason}"
    # What the outlets were given is what the desk says, once each, with every variable filled.
    there = kept(tmp_path, script.event.id)
    signed = {one.id: f" {one.signature}".rstrip() for one in script.accounts}
    assert sorted(there) == sorted(
        (f"{one.post}.1", f"{one.text}{signed[one.account]}") for one in out
    )
    for _, text in there:
        assert not re.search(r"(?<!\{)\{[a-z]", text), text


# --- a day that goes wrong ------------------------------------------------------------------------

DAY = """\
[event]
id = "day"
title = "A day"
timezone = "Europe/Helsinki"
starts = 2027-05-20T09:00:00+03:00
ends = 2027-05-20T18:00:00+03:00

[[accounts]]
id = "main"
handle = "house"

[[accounts]]
id = "booth"
handle = "booth"

[[segments]]
id = "doors"
title = "Doors"
starts = 2027-05-20T09:00:00+03:00
minutes = 30

[[segments]]
id = "keynote"
title = "Keynote"
after = "doors"
minutes = 45

[[segments]]
id = "panel"
title = "Panel"
after = "keynote"
minutes = 40

[[segments]]
id = "lunch"
title = "Lunch"
starts = 2027-05-20T11:30:00+03:00
minutes = 60

[[segments]]
id = "demo"
title = "Demo"
after = "lunch"
minutes = 30

[[segments]]
id = "workshop"
title = "Workshop"
after = "demo"
minutes = 45

[[segments]]
id = "closing"
title = "Closing"
after = "workshop"
starts = 2027-05-20T13:00:00+03:00
minutes = 20

[[segments]]
id = "open"
title = "The booth is open"
starts = 2027-05-20T09:00:00+03:00
minutes = 240
track = "booth"

[[posts]]
id = "welcome"
text = "Doors are open"
at = "doors"

[[posts]]
id = "soon"
text = "{segment.title} at {segment.start}"
at = "keynote-10:00"

[[posts]]
id = "on"
text = "{segment.title} is on, then {next.title} at {next.start}"
at = "keynote+05:00"

[[posts]]
id = "last-words"
text = "Two minutes left"
at = "keynote.end-02:00"

[[posts]]
id = "panel-on"
text = "The panel is on"
at = "panel+10:00"

[[posts]]
id = "fixed-one"
text = "At twelve minutes to eleven"
at = 2027-05-20T10:48:00+03:00

[[posts]]
id = "fixed-two"
text = "At ten minutes to eleven"
at = 2027-05-20T10:50:00+03:00

[[posts]]
id = "hungry"
text = "Lunch in five minutes"
at = "lunch-05:00"

[[posts]]
id = "demo-on"
text = "The demo is on"
at = "demo+05:00"

[[posts]]
id = "workshop-on"
text = "The workshop is on"
at = "workshop+05:00"

[[posts]]
id = "bye"
text = "Closing now"
at = "closing"

[[posts]]
id = "never-mind"
text = "This one is taken out of the script"
at = 2027-05-20T12:55:00+03:00

[[posts]]
id = "come-by"
text = "Come by"
account = "booth"
every = "60:00"
during = ["open"]
rotate = ["Or come by now"]

[[reminders]]
id = "soup"
text = "Call the kitchen"
at = "lunch-20:00"
"""

MORE = """
[[posts]]
id = "extra"
text = "An extra word"
at = 2027-05-20T12:30:00+03:00

[[posts]]
id = "too-late"
text = "This should have been said an hour ago"
at = 2027-05-20T11:00:00+03:00
"""

CHANGES = (
    ('text = "Doors are open"', 'text = "Doors were open"'),
    ('text = "The demo is on"', 'text = "The demo is on, in the small hall"'),
    ('at = "closing"', 'at = "closing+05:00"'),
    (
        """[[posts]]
id = "never-mind"
text = "This one is taken out of the script"
at = 2027-05-20T12:55:00+03:00

""",
        "",
    ),
)


def clock(text: str) -> datetime:
    return datetime.fromisoformat(f"2027-05-20T{text}:00+03:00")


async def test_a_day_that_goes_wrong_gives_exactly_the_expected_list(tmp_path: Path) -> None:
    """Three delays, an outage of twenty minutes, a skipped segment and a changed script."""
    path = tmp_path / "day.toml"
    path.write_text(DAY, "utf-8")
    async with playing(path, tmp_path, clock("08:00")) as show:
        await show.goes_on(clock("09:25"))
        await show.says(SlipSegment("keynote", 600))  # 09:40
        await show.goes_on(clock("10:20"))
        await show.says(SlipSegment("keynote", 300))  # until 10:30
        await show.goes_on(clock("10:35"))
    async with playing(path, tmp_path, clock("10:55")) as show:
        await show.goes_on(clock("11:15"))
        (soup,) = show.engine.hub.desk.state.reminders.values()
        assert (soup.state, soup.due_at) == ("due", clock("11:10"))
        await show.goes_on(clock("11:27"))
        await show.says(SlipSegment("lunch", 600))  # 11:40
        await show.goes_on(clock("12:00"))
        await show.says(SkipSegment("workshop"))
        await show.goes_on(clock("12:10"))
        text = DAY
        for old, new in CHANGES:
            assert old in text
            text = text.replace(old, new)
        path.write_text(text + MORE, "utf-8")
        found = await show.engine.preview(1)
        assert set(found.lines) == {
            "post post-welcome: is sent, and stays as it is",
            "post post-demo-on: text 'The demo is on' -> 'The demo is on, in the small hall'",
            "post post-bye: at closing -> at closing+05:00",
            "post post-never-mind: gone",
            "post post-extra: new, at 2027-05-20T12:30+03:00",
            "post post-too-late: new, at 2027-05-20T11:00+03:00",
            "post post-too-late: its time is over by then, so it is held",
        }
        await show.says(Reload(found.digest))
        await show.goes_on(clock("18:00"))
        out = played(show)
        waits = {
            one.id: (one.state, one.reason)
            for one in show.posts()
            if one.state not in ("sent", "draft")
        }
        times = {one.id: one.started_at for one in show.engine.hub.desk.state.segments.values()}
    assert [(one.at.astimezone(clock("00:00").tzinfo), one.post, one.text) for one in out] == [
        (clock("09:00"), "post-come-by@open-1", "Come by"),
        (clock("09:00"), "post-welcome", "Doors are open"),
        (clock("09:20"), "post-soon", "Keynote at 09:30"),
        (clock("09:45"), "post-on", "Keynote is on, then Panel at 10:25"),
        (clock("10:00"), "post-come-by@open-2", "Or come by now"),
        (clock("10:28"), "post-last-words", "Two minutes left"),
        # The engine was away from 10:35 to 10:55.
        (clock("10:55"), "post-fixed-one", "At twelve minutes to eleven"),
        (clock("10:56"), "post-fixed-two", "At ten minutes to eleven"),
        (clock("11:00"), "post-come-by@open-3", "Come by"),
        (clock("11:25"), "post-hungry", "Lunch in five minutes"),
        (clock("12:00"), "post-come-by@open-4", "Or come by now"),
        (clock("12:30"), "post-extra", "An extra word"),
        (clock("12:45"), "post-demo-on", "The demo is on, in the small hall"),
        (clock("13:15"), "post-bye", "Closing now"),
    ]
    assert waits == {
        "post-panel-on": ("held", "15 min late"),
        "post-workshop-on": ("held", "'Workshop' was skipped"),
        "post-never-mind": ("dropped", "no longer in the script"),
        "post-too-late": ("held", "its time was over already"),
    }
    assert times["panel"] == clock("10:30")
    assert times["closing"] == clock("13:10")
    there = kept(tmp_path, "day")
    assert sorted(there) == sorted((f"{one.post}.1", one.text) for one in out)
