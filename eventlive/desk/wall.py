"""What the screens show: cards up and down, the hold, what may go up by itself.

Owns the rules of the wall; never talks to a screen. Functions on the desk's state.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta

from msgspec.structs import replace

from eventlive.desk.inputs import Refused
from eventlive.desk.state import AWAKE, State
from eventlive.model import Card, Item, Judgement

CREDIBLE = timedelta(hours=36)
"""A post's own time further than this from its arrival is not believed (a recording)."""

LONGEST_ANSWER = 1000
"""Characters of an answer that a screen shows with its question."""


def barred(item: Item) -> str:
    """Say why a post may not be shown, whoever asks; "" where it may."""
    if item.state == "deleted":
        return "its author deleted it"
    if item.state == "rejected":
        return f"it was {'reported' if item.reported else 'rejected'}; reopen it first"
    if item.muted:
        return "its author is muted"
    return next((flag for flag in item.flags if flag.startswith("stop word")), "")


def show(state: State, item: Item) -> Item:
    """Put a post on the wall; what the wall has no room for any more comes off, oldest first.

    A shown post is decided and leaves the inbox, but an open question stays until it is answered.
    """
    if reason := barred(item):
        raise Refused(f"it cannot go on the wall: {reason}", item)
    if item.on_wall:
        raise Refused("it is on the wall already", item)
    stays = item.question == "open"
    shown = state.change(
        item,
        on_wall=True,
        state="open" if stays else "archived",
        claim=item.claim if stays else None,
        **AWAKE,
    )
    state.put(_card(shown, state.top + 1))
    make_room(state, (item.id,))
    return shown


def make_room(state: State, asked: Collection[str] = ()) -> None:
    """Take off what the wall has no room for, oldest first.

    What somebody has just `asked` to see goes last of all, and before it what is pinned.
    """
    leaving = sorted(state.cards.values(), key=lambda card: (card.id in asked, card.pinned))
    for card in leaving[: max(0, len(state.cards) - state.rules.cards)]:
        state.drop(card)
        # Crowded out is not taken off: who saw the answer has seen it.
        state.change(state.items[card.id], on_wall=False)


def answer(state: State, item: Item, text: str) -> Item:
    """Answer a post on the wall: it goes up, or is redrawn, with the answer."""
    if not text.strip():
        raise Refused("there is nothing in it", item)
    if reason := barred(item):
        raise Refused(f"it cannot go on the wall: {reason}", item)
    answered = state.change(
        item,
        shown_answer=text,
        question="answered" if item.question else "",
        state="archived",
        claim=None,
        **AWAKE,
    )
    if not answered.on_wall:
        return show(state, answered)
    redraw(state, answered)
    # An answer to an older question comes to the front, or nobody would see it.
    state.change(state.cards[item.id], order=state.top + 1)
    return answered


def take_off(state: State, item: Item) -> Item:
    """Take a post off the wall, and the answer that was shown with it."""
    if not item.on_wall:
        raise Refused("it is not on the wall", item)
    state.drop(state.cards[item.id])
    return without_answer(state, item)


def without_answer(state: State, item: Item) -> Item:
    """Take the post down with the answer shown under it; without another one it is open again."""
    if not item.shown_answer:
        return state.change(item, on_wall=False)
    asked = item.question == "answered" and not item.answer
    question = "open" if asked else item.question
    return state.change(item, on_wall=False, shown_answer="", question=question)


def pin(state: State, item: Item, on: bool) -> None:
    """Keep a card whatever comes after it, or no longer."""
    card = state.cards.get(item.id)
    if card is None:
        raise Refused("it is not on the wall", item)
    others = sum(other.pinned for other in state.cards.values() if other.id != item.id)
    if on and others + 1 >= _standing(state):
        raise Refused("with one more pinned there would be no room for new posts", item)
    state.change(card, pinned=on)


def like(state: State, item: Item, on: bool) -> None:
    """Have a card come again on the screens when nothing new waits, or no longer."""
    card = state.cards.get(item.id)
    if card is None:
        raise Refused("it is not on the wall", item)
    if card.liked == on:
        raise Refused("it is liked already" if on else "it is not liked", item)
    state.change(card, liked=on)


def placed(cards: Iterable[Card]) -> list[str]:
    """List cards as the screens place them: the newest, then what is pinned, then the others."""
    newest_first = sorted(cards, key=lambda card: -card.order)
    others = sorted(newest_first[1:], key=lambda card: not card.pinned)
    return [card.id for card in (*newest_first[:1], *others)]


def move(state: State, item: Item, by: int) -> None:
    """Move a card by so many places of the screens, as far as there are; up where positive.

    The cards that it passes take the places that become free: no other card changes. Where nothing
    would be seen to move it is refused.
    """
    cards = list(state.cards.values())
    here = next((place for place, card in enumerate(cards) if card.id == item.id), None)
    if here is None:
        raise Refused("it is not on the wall", item)
    was, pinned = placed(cards).index(item.id), cards[here].pinned
    there, passed = here, 0
    while abs(passed) < abs(by) and 0 <= (beyond := there + (1 if by > 0 else -1)) < len(cards):
        # Past a card that has its place for being pinned, or is passed for it, nothing moves yet.
        there = beyond
        passed = placed(_moved(cards, here, there)).index(item.id) - was
    if not passed:
        if not by:
            raise Refused("it stays there", item)
        end = "first" if by > 0 else "last"
        why = "it is pinned: that keeps its place" if pinned and (was or by < 0) else ""
        raise Refused(why or f"it is the {end} on the wall already", item)
    low, high = sorted((here, there))
    orders = [card.order for card in cards[low : high + 1]]
    cards.insert(there, cards.pop(here))
    for card, order in zip(cards[low : high + 1], orders, strict=True):
        state.change(card, order=order)


def _moved(cards: Sequence[Card], here: int, there: int) -> list[Card]:
    """Give the cards as they are once one of them has another place; their orders say so."""
    moved = [*cards]
    moved.insert(there, moved.pop(here))
    return [replace(card, order=order) for order, card in enumerate(moved)]


def not_as_pair(item: Item | None, text: str) -> str:
    """Say why question and answer may not go on the wall together; "" where they may."""
    if item is None:
        return "the question is no longer on the desk"
    if len(text) > LONGEST_ANSWER:
        return f"the answer is longer than {LONGEST_ANSWER} characters"
    return barred(item)


def redraw(state: State, item: Item) -> None:
    """Bring a card into line with its post."""
    card = state.cards[item.id]
    fresh = _card(item, card.order)
    state.change(
        card,
        name=fresh.name,
        handle=fresh.handle,
        text=fresh.text,
        language=fresh.language,
        media=fresh.media,
        sensitive=fresh.sensitive,
        warning=fresh.warning,
        answer=fresh.answer,
    )


def goes_up_by_itself(state: State, judgement: Judgement, now: datetime) -> bool:
    """Judge by the script's mode whether a post needs no person; spends the pace it costs."""
    rules = state.rules
    if judgement.stopped or judgement.muted or rules.mode == "approve":
        return False
    if rules.mode == "trusted":
        return judgement.trusted
    # A flood must not become a flood of the screens: a bucket that fills by the minute.
    passed = max(0.0, (now - (state.auto_at or now)).total_seconds())
    credit = state.auto_credit + passed * rules.auto_per_minute / 60
    state.auto_credit = min(credit, float(rules.auto_per_minute), float(_standing(state)))
    state.auto_at = now
    if state.auto_credit < 1:
        return False
    state.auto_credit -= 1
    return True


def _standing(state: State) -> int:
    """Say how many cards stand on a screen at once; the others on the wall wait for their turn."""
    return min(state.scene.cards, state.rules.cards)


def hold(state: State) -> None:
    """Put every screen on its calm frame and freeze what goes out."""
    if state.scene.held:
        raise Refused("everything is held already", state.scene)
    state.change(state.scene, held=True)


def release(state: State) -> None:
    """End the hold."""
    if not state.scene.held:
        raise Refused("nothing is held", state.scene)
    state.change(state.scene, held=False)


def _card(item: Item, order: int) -> Card:
    post = item.post
    credible = abs(item.received_at - post.created_at) <= CREDIBLE
    return Card(
        id=item.id,
        version=item.version,
        order=order,
        network=post.network,
        name=post.author.name or post.author.handle,
        handle=post.author.handle,
        text=post.text,
        at=min(post.created_at, item.received_at) if credible else item.received_at,
        language=item.language,
        media=post.media,
        sensitive=post.sensitive,
        warning=post.warning,
        answer=item.shown_answer,
    )
