"""What the signals cost: a post that is taken in, and a look, on this machine, now.

Owns the measuring, with the demo's own posts and with a flood of many authors' posts like them,
beside the judging of the same posts in the same run. Run with `python -m tests.bench.signals`.
"""

from __future__ import annotations

import gc
import time
import timeit
from datetime import UTC, datetime, timedelta
from pathlib import Path

from msgspec.structs import replace

from eventlive.listening import Judge, Recent, Rules
from eventlive.listening.signals import Signals
from eventlive.model import Judgement, Post
from feeds.replay import read_line

RECORDING = Path(__file__).resolve().parents[2] / "events" / "demo.jsonl"
RULES = Rules(hashtags=("#harbourforum",))
START = datetime(2027, 5, 20, 9, tzinfo=UTC)
ROUNDS, CALLS = 60, 500
FLOOD, SECONDS = 10_312, 30
TOGETHER = 250
"""Posts that arrive with the same time, as intake hands them on."""

Judged = list[tuple[Post, Judgement]]


def demo() -> Judged:
    """Return the posts of the demo, judged."""
    judge = Judge(RULES, Recent(20_000))
    lines = RECORDING.read_bytes().splitlines()
    read = (event for event, _ in map(read_line, lines) if isinstance(event, Post))
    return [(post, judge.judge(post)) for post in read]


def flood(judged: Judged, count: int) -> Judged:
    """Return that many posts with the demo's words, of 40,000 authors."""
    return [
        (
            replace(
                post,
                id=f"{number}",
                author=replace(
                    post.author, id=f"{number % 40_000}", handle=f"fan-{number % 40_000}.example"
                ),
            ),
            judgement,
        )
        for number in range(count)
        for post, judgement in (judged[number * 7 % len(judged)],)
    ]


def costs() -> None:
    """Print µs a post: judging, and taking in, the best of many rounds; and ms a look."""
    judged = demo()
    judge = Judge(RULES, Recent(20_000))
    over = iter(judged * (ROUNDS * CALLS // len(judged) + 1))
    empty = iter(judged * (ROUNDS * CALLS // len(judged) + 1))
    again = iter(judged * (ROUNDS * CALLS // len(judged) + 1))
    signals, number = Signals(RULES), 0
    moments = [START + timedelta(seconds=each) for each in range(ROUNDS * CALLS // TOGETHER + 1)]

    def take() -> None:
        nonlocal number
        number += 1
        post, judgement = next(over)
        signals.take(post, judgement, moments[number // TOGETHER])

    def best(step: object) -> float:
        return min(timeit.repeat(step, number=CALLS, repeat=ROUNDS)) / CALLS * 1e6  # type: ignore[arg-type]

    floor = best(lambda: next(empty))
    print(f"judge          {best(lambda: judge.judge(next(again)[0])) - floor:8.2f} µs a post")
    print(f"signals, take  {best(take) - floor:8.2f} µs a post")
    _looks("at the demo's rate", judged, 1)
    _looks(f"{FLOOD} posts/s", flood(judged, FLOOD), FLOOD)


def _looks(name: str, judged: Judged, rate: int) -> None:
    """Print what a look costs at a rate, once a second."""
    signals, taken, looks, read = Signals(RULES), 0.0, [], 1.0
    # As the engine does; else the collector goes through the posts of this bench, too.
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
    for second in range(SECONDS if rate > 1 else 600):
        now = START + timedelta(seconds=second)
        begun = time.process_time()
        for number in range(rate):
            signals.take(*judged[(second * rate + number) % len(judged)], now)
        taken += time.process_time() - begun
        begun = time.process_time()
        read = signals.look(now).read
        looks.append((time.process_time() - begun) * 1e3)
    looks.sort()
    middle, late = looks[len(looks) // 2], looks[len(looks) * 99 // 100]
    print(
        f"look, {name}: p50 {middle:.2f} ms, p99 {late:.2f} ms, most {looks[-1]:.2f} ms;"
        f" {read:.1%} read; {len(signals)} things remembered"
    )
    if rate > 1:
        print(f"taking {taken / (len(looks) * rate) * 1e6:.2f} µs a post, memory and all")


if __name__ == "__main__":
    costs()
