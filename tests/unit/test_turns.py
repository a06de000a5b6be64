"""Fair dwell on the screens: the wall's own turns.js, in Node, by a clock that is made."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime
from typing import Any

import pytest

from eventlive.model import Screen, showing
from tests.parts import ROOT, node_path

pytestmark = pytest.mark.skipif(node_path() is None, reason="no Node on this machine")

TURNS = ROOT / "eventlive" / "wall" / "turns.js"

# A made evening: a clock, a wall, and what a scene of so many places showed of it, and when.
EVENING = """
import { Turns, readingTime, showing, untilTurn } from "%s";

let seed = 1;
const random = () => { // mulberry32
  seed = (seed + 0x6d2b79f5) | 0;
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};
const card = (order, more = {}) => ({
  id: `c${order}`, order, text: "x".repeat(Math.floor(random() * 300)), answer: "", warning: "",
  media: [], pinned: false, liked: false, ...more,
});
class Evening {
  constructor(count, fits) {
    Object.assign(this, { count, fits, now: 0, turns: new Turns(), cards: [], stands: new Map() });
    this.spells = []; // {id, from, to, card, removed}
    this.faults = [];
  }
  put(...cards) {
    this.cards = [...cards.reverse(), ...this.cards];
  }
  drop(id) {
    this.cards = this.cards.filter((one) => one.id !== id);
    const spell = this.stands.get(id);
    if (spell) Object.assign(spell, { removed: true });
  }
  draw() {
    const shown = this.turns.stand(this.cards, this.count, this.now, this.fits);
    const ids = new Set(shown.map(({ id }) => id));
    if (shown.length > this.count) this.faults.push(`${shown.length} at once`);
    for (const [id, spell] of this.stands) {
      if (ids.has(id)) continue;
      spell.to = this.now;
      this.stands.delete(id);
      if (!spell.removed && spell.to - spell.from < readingTime(spell.card)) {
        this.faults.push(`${id} left after ${spell.to - spell.from} of ${readingTime(spell.card)}`);
      }
    }
    for (const one of shown) {
      if (this.stands.has(one.id)) continue;
      const before = this.spells.findLast(({ id }) => id === one.id);
      if (before && this.now - before.to < 5000) this.faults.push(`${one.id} flickers`);
      const spell = { id: one.id, from: this.now, to: Infinity, card: one };
      this.spells.push(spell);
      this.stands.set(one.id, spell);
    }
    const known = new Set(this.cards.map(({ id }) => id));
    for (const id of ids) if (!known.has(id)) this.faults.push(`${id} is off the wall`);
    return shown.map(({ id }) => id);
  }
  /** Draw whenever the turns ask for it, and no more often, until so much time has passed. */
  pass(time) {
    const end = this.now + time;
    this.draw();
    while (this.now + this.turns.again <= end) {
      this.now += this.turns.again;
      this.draw();
    }
    this.now = end;
  }
  first(id) { return this.spells.find((spell) => spell.id === id)?.from; }
}
const say = (value) => console.log(JSON.stringify(value));
"""


def _run(script: str) -> Any:
    done = subprocess.run(
        [str(node_path()), "--input-type=module", "-"],
        input=EVENING % TURNS.as_uri() + script,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_how_long_a_post_takes_to_read() -> None:
    said = _run("""
      const time = (text, more) => readingTime({ ...card(1), text, ...more });
      say([time("Hi"), time("x".repeat(140)), time("海".repeat(70)), time("x".repeat(2000)),
        time("x".repeat(70), { answer: "y".repeat(70) }), time("Hi", { media: [{}] }),
        time("x".repeat(500), { warning: "Spoilers" })]);
    """)
    assert said == [5000, 12500, 12500, 45000, 12500, 7000, 5000]


@pytest.mark.parametrize("count", [1, 5, 12])
def test_whatever_comes_and_goes_each_is_read_and_none_is_skipped(count: int) -> None:
    faults, skipped, shown = _run(f"""
      const faults = [], skipped = [];
      let shown = 0;
      for (let evening = 1; evening <= 12; evening += 1) {{
        seed = evening;
        const room = evening % 2 ? () => true
          : (some) => some.reduce((sum, {{ text }}) => sum + 40 + text.length, 0) <= 900;
        const wall = new Evening({count}, room);
        let next = 0;
        for (let minute = 0; minute < 40; minute += 1) {{
          const burst = random() < 0.05 ? 60 : Math.floor(random() * 3);
          for (let one = 0; one < burst; one += 1) {{
            wall.put(card(next++, {{ liked: random() < 0.1, pinned: random() < 0.03 }}));
          }}
          wall.draw();
          while (wall.cards.length > 60) wall.drop(wall.cards.at(-1).id);
          if (random() < 0.3 && wall.cards.length) {{
            wall.drop(wall.cards[Math.floor(random() * wall.cards.length)].id);
          }}
          wall.draw();
          wall.pass(random() * 20000);
        }}
        wall.pass(60 * 47000);
        for (const {{ id }} of wall.cards) if (wall.first(id) === undefined) skipped.push(id);
        faults.push(...wall.faults);
        shown += wall.spells.length;
      }}
      say([faults, skipped, shown]);
    """)
    assert faults == []
    assert skipped == []
    assert shown > 500


def test_a_burst_comes_in_its_order_as_places_are_read_free() -> None:
    order, faults, last = _run("""
      const wall = new Evening(4);
      wall.put(...[0, 1, 2, 3].map((one) => card(one, { text: "x" })));
      wall.draw();
      wall.now += 1000;
      wall.put(...Array.from({ length: 60 }, (_, one) => card(10 + one, { text: "x" })));
      wall.pass(600000);
      const came = Array.from({ length: 60 }, (_, one) => wall.first(`c${10 + one}`));
      say([came, wall.faults, Math.max(...came)]);
    """)
    assert order == sorted(order)
    assert faults == []
    assert last == 75_000, "sixty at four places of five seconds, and not a second longer"


def test_the_longest_read_leaves_and_what_is_pinned_stays() -> None:
    said = _run("""
      const wall = new Evening(3);
      wall.put(card(1, { text: "x", pinned: true }));
      wall.pass(1000);
      wall.put(card(2, { text: "x" }));
      wall.pass(1000);
      wall.put(card(3, { text: "x" }));
      wall.pass(20000);
      wall.put(card(4, { text: "x" }));
      say([wall.draw(), wall.faults]);
    """)
    assert said == [["c4", "c3", "c1"], []]


def test_what_is_liked_comes_again_when_it_is_quiet_after_a_minute() -> None:
    first, again, others = _run("""
      const wall = new Evening(2);
      wall.put(card(1, { text: "x", liked: true }), card(2, { text: "x" }));
      wall.pass(6000);
      wall.put(card(3, { text: "x" }), card(4, { text: "x" }));
      wall.pass(6000);
      const left = wall.spells.find(({ id }) => id === "c1").to;
      wall.pass(200000);
      const spells = wall.spells.filter(({ id }) => id === "c1");
      say([left, spells[1].from, wall.spells.filter(({ id }) => id === "c2").length]);
    """)
    assert again - first == 60_000
    assert others == 1, "what nobody liked does not push out what stands"


def test_a_scene_of_one_post_goes_round_while_nothing_new_comes_and_says_who_is_next() -> None:
    shown, promised, fresh = _run("""
      const turns = new Turns();
      let cards = [4, 3, 2, 1].map((order) => card(order, { text: "x" }));
      const shown = [], promised = [];
      let now = 0;
      for (let turn = 0; turn < 10; turn += 1) {
        shown.push(turns.turn(cards, now).id);
        promised.push(turns.coming(2).map(({ id }) => id));
        now += turns.again;
      }
      cards = [card(5, { text: "x" }), ...cards];
      turns.turn(cards, now);
      const fresh = [turns.turn(cards, now).id, turns.coming(1)[0].id];
      now += turns.again;
      fresh.push(turns.turn(cards, now).id);
      say([shown, promised, fresh]);
    """)
    assert shown[:4] == ["c4", "c3", "c2", "c1"]
    assert shown[4:8] == shown[:4]
    # What was promised comes: the next one first, then the one after it.
    assert [two[0] for two in promised[:-1]] == shown[1:]
    assert [two[1] for two in promised[:-2]] == shown[2:]
    assert "c5" in fresh, "what is new comes before what comes again"


def test_liked_and_pinned_ones_break_no_promise_and_starve_nobody() -> None:
    broken, least = _run("""
      const turns = new Turns();
      const cards = Array.from({ length: 20 }, (_, n) =>
        card(n, { text: "x", liked: n % 2 === 0, pinned: n === 7 })).reverse();
      const times = new Map(cards.map(({ id }) => [id, 0]));
      let now = 0, promised = "", broken = 0;
      for (let turn = 0; turn < 200; turn += 1) {
        const { id } = turns.turn(cards, now);
        times.set(id, times.get(id) + 1);
        broken += promised && promised !== id ? 1 : 0;
        promised = turns.coming(1)[0].id;
        now += turns.again;
      }
      say([broken, Math.min(...times.values())]);
    """)
    assert broken == 0
    assert least >= 8


def test_one_that_is_taken_off_is_gone_at_once_and_its_place_is_filled() -> None:
    said = _run("""
      const wall = new Evening(2);
      wall.put(card(1, { text: "x" }), card(2, { text: "x" }));
      wall.pass(6000);
      wall.put(card(3, { text: "x" }));
      wall.pass(10000);
      wall.drop("c3");
      say([wall.draw(), wall.faults]);
    """)
    assert said == [["c2", "c1"], []]


def test_time_stands_still_while_a_scene_is_not_seen() -> None:
    said = _run("""
      const turns = new Turns();
      const [one, other] = [card(1, { text: "x" }), card(2, { text: "x" })];
      const at = (now, cards) => turns.turn(cards, now).id;
      const shown = [at(0, [one]), at(2000, [other, one])];
      turns.rest(3000);
      shown.push(at(60000, [other, one]), turns.again, at(61999, [other, one]));
      shown.push(at(62000, [other, one]));
      say(shown);
    """)
    assert said == ["c1", "c1", "c1", 2000, "c1", "c2"]


def test_an_edited_post_is_read_anew() -> None:
    said = _run("""
      const turns = new Turns();
      const [one, other] = [card(1, { text: "x" }), card(2, { text: "x" })];
      turns.turn([one], 0);
      const edited = { ...one, text: "y" };
      const at = (now) => turns.turn([other, edited], now).id;
      say([at(4900), turns.again, at(9900)]);
    """)
    assert said == ["c1", 5000, "c2"]


def test_the_page_turns_scenes_as_the_model_says() -> None:
    said = _run("""
      const screen = { scenes: ["masonry", "pair", "statement"], seconds: 7 };
      const moments = [0, 6999, 7000, 20999, 21000, 1746273600000, 1746273606999];
      say([moments.map((now) => showing(screen, now)), untilTurn(screen, 6500),
        untilTurn({ scenes: ["hold"], seconds: 5 }, 0)]);
    """)
    screen = Screen(id="main", version=1, scenes=("masonry", "pair", "statement"), seconds=7)
    moments = (0, 6.999, 7, 20.999, 21, 1746273600, 1746273606.999)
    assert said[0] == [showing(screen, datetime.fromtimestamp(one, UTC)) for one in moments]
    assert said[1:] == [501, None]
