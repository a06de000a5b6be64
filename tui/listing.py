"""One queue as an operator reads it: which rows stand where, and where the cursor is.

Owns the rule of calm. Pure: no clock, no widget, no socket.

The rule
--------
A list is either *live* or *being read*.

- *Live* (at the start, and after Esc): nothing is picked, the list follows the engine's order, at
  most every two seconds once the screen is full. No key decides anything here: the first key that
  needs a post picks the top one and stops the movement. So nobody ever decides about a row that
  was moving under their finger.
- *Being read* (after j, k, Enter, a click, g …): the page stands still. A row changes in place and
  never its neighbours. What ranks above the last row waits outside as "▲12 new"; what ranks below
  it is added at the end, where it moves nothing. `g` turns to the fresh page and picks its first
  row.
- The cursor is an id, not a number: it stays on its post whatever comes, goes or is ranked anew.
- A row that left the queue (archived by a colleague, deleted by its author, decided by this
  operator) stays where it is, as a ghost, until the operator's own next move: the lines above and
  below stand still while they are read. When ghosts go, the cursor keeps its line on the screen.
- A decision moves the cursor to the next row at the key press, not when the engine has answered:
  the cursor never moves but by the operator's own key.
- A row that only fell out of the engine's window, because better ones came, is no ghost: it is
  still there to be decided.
- A fresh page that no key of the operator's asked for keeps the cursor's post, also as a ghost.
- A mark is on a post as it was painted then, and on one that is among the rows: a fresh page keeps
  what is marked at its end. A ghost loses its mark at the operator's next move; a filter or another
  order takes all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence, Set

from eventlive.messages import Sort
from eventlive.model import Thing
from tui.leaving import has_left

MARKS_AT_MOST = 500
"""As many as one command may decide on."""
_ROWS_AT_MOST = 1000
_SECONDS_BETWEEN_MOVES = 2.0


class Listing:
    """The rows of one queue. `window` is how many rows the engine was asked for."""

    def __init__(self, window: int = 200, queue: str = "inbox") -> None:
        self.window = window
        self.queue = queue
        self.height = 20
        self.live = True
        self.cursor = ""
        self.top = 0
        self.total = 0
        self.filter = ""
        self.sort: Sort = "rank"
        self.connection = 0
        """Which connection this is: a version says what a row is only within one."""
        self.marked: dict[str, Thing] = {}
        """What the operator has marked, as it was then, by its id; always among `shown`."""
        self.filled = False
        """Whether the engine has told anything of this queue yet."""
        self._order: tuple[str, ...] = ()
        self._shown: list[str] = []
        self._things: dict[str, Thing] = {}
        self._ghosts: set[str] = set()
        self._doubted: set[str] = set()
        """Ids of rows whose version is of an earlier connection: any that comes is newer."""
        self._wanted: set[str] = set()
        self._fresh = False
        self._unasked = False
        self._moved_at = float("-inf")
        self._home = ""
        self._marked_last = ""
        self._carried = ""

    # --- what is seen -------------------------------------------------------------------------

    @property
    def shown(self) -> Sequence[str]:
        """Ids of the rows in the order on the screen, ghosts included."""
        return self._shown

    @property
    def order(self) -> tuple[str, ...]:
        """Ids in the engine's own order, as far as its window goes."""
        return self._order

    @property
    def current(self) -> Thing | None:
        """What the cursor is on; None while live or empty."""
        return self._things.get(self.cursor) if self.cursor else None

    @property
    def line(self) -> int:
        """Which of `shown` the cursor is on; -1 for none."""
        return self._shown.index(self.cursor) if self.cursor in self._shown else -1

    @property
    def new(self) -> int:
        """How many wait above the page: in the engine's order, not among the rows shown."""
        if self.live:
            return 0
        shown = set(self._shown)
        return sum(1 for id in self._order if id not in shown)

    @property
    def waiting(self) -> int:
        """How many there are in the whole queue, as the engine counts."""
        return max(self.total, len(self._order))

    def get(self, id: str) -> Thing | None:
        """The thing as it is painted."""
        return self._things.get(id)

    def is_ghost(self, id: str) -> bool:
        """Whether the row has left the queue."""
        return id in self._ghosts

    @property
    def chosen(self) -> list[str]:
        """Ids of the marked rows, in the order on the screen."""
        return [id for id in self._shown if id in self.marked]

    def at(self, y: int) -> str:
        """The id on line `y` of the screen; "" below the last row."""
        index = self.top + y
        return self._shown[index] if 0 <= index < len(self._shown) else ""

    # --- what comes ---------------------------------------------------------------------------

    def take(self, order: Iterable[str], rows: Iterable[Thing], total: int, now: float) -> None:
        """Take the engine's view in. `now` in seconds of any clock that only grows."""
        self.filled = True
        for thing in rows:
            if thing.version >= self.version(thing.id):
                self._learn(thing)
        self._order = tuple(id for id in order if id in self._things)
        self.total = total
        named = set(self._order)
        if self._fresh or self.live:
            self._follow(now)
        else:
            self._stand_still(named)
            if self._carried == self.cursor and self.cursor in named:
                self._put_down()
        kept = named.union(self._shown)
        if len(self._things) > len(kept):
            self._things = {id: thing for id, thing in self._things.items() if id in kept}

    def refresh(self, thing: Thing) -> bool:
        """Take a newer version of a row from elsewhere; tells whether it is a row here."""
        mine = self._things.get(thing.id)
        if mine is None or type(mine) is not type(thing):
            return False
        if thing.version >= self.version(thing.id):
            self._learn(thing)
        return True

    def version(self, id: str) -> int:
        """The version of a row; -1 for one that is not here, or of an earlier connection."""
        thing = self._things.get(id)
        return -1 if thing is None or id in self._doubted else thing.version

    def doubt(self) -> None:
        """Believe whatever comes next: the engine may have begun anew, and counts from one."""
        self._doubted = {*self._things}
        self.connection += 1

    def _learn(self, thing: Thing) -> None:
        self._things[thing.id] = thing
        self._doubted.discard(thing.id)

    def tick(self, now: float) -> bool:
        """Let a live list catch up once its pause is over; tells whether rows moved."""
        if not self.live or self._fresh or self._shown == list(self._order):
            return False
        return self._follow(now)

    def arrange(self) -> None:
        """Bring the rows into the engine's order at once; the cursor keeps its row and its line.

        For a short list whose order is what it says: a programme. Nothing moves to another id.
        """
        if self._shown == list(self._order) or (self.cursor and self.cursor not in self._order):
            return
        anchored = self.line - self.top
        top = self.top
        self._turn()
        self.top = max(0, self.line - anchored) if self.line >= 0 else top
        self._into_sight()

    def begin_at(self, id: str) -> None:
        """Say which row a live list shows near its top and picks first; "" for the top one."""
        self._home = id
        if self.live:
            at = self._shown.index(id) if id in self._shown else 0
            self.top = max(0, min(at - 2, len(self._shown) - self.height))

    def _follow(self, now: float) -> bool:
        filling = len(self._shown) < self.height
        if not self._fresh and not filling and now - self._moved_at < _SECONDS_BETWEEN_MOVES:
            # Rows that left must not stay to be picked; they stay to be seen.
            self._ghosts = set(self._shown).difference(self._order)
            return False
        self._moved_at = now
        if self._fresh:  # of the others nothing was told meanwhile: they may have left
            self._unmark(self.marked.keys() - set(self._order))
        line = self.line
        self._turn()
        if not self.live:
            if self.cursor not in self._order:
                self._lose(line)
            self._into_sight()
        self._fresh = self._unasked = False
        return True

    def _lose(self, line: int) -> None:
        """Do without the cursor's post on a fresh page; it stood on `line` of the one before."""
        if not (self._unasked and line >= 0):
            self.cursor = self._order[0] if self._order else ""
            return
        self._shown.insert(line, self.cursor)
        if self._is_gone(self.cursor):
            self._ghosts.add(self.cursor)

    def _turn(self) -> None:
        there = set(self._order)
        self._unmark(self._ghosts)
        self._shown = [*self._order, *(id for id in self.chosen if id not in there)]
        self._ghosts.clear()
        self._wanted.clear()
        self.top = min(self.top, max(0, len(self._shown) - self.height))
        if self.live:
            self.top = 0

    def _stand_still(self, named: set[str]) -> None:
        for id in self._shown:
            if id in named:
                self._ghosts.discard(id)
            elif self._is_gone(id):
                self._ghosts.add(id)
        shown = set(self._shown)
        last = max((i for i, id in enumerate(self._order) if id in shown), default=-1)
        if last >= 0 or not shown - self._ghosts:
            below = [id for id in self._order[last + 1 :] if id not in shown]
            self._shown.extend(below[: max(0, _ROWS_AT_MOST - len(self._shown))])
        for id in self._wanted & named:
            self._insert(id)
            self._wanted.discard(id)
        if not self.cursor and self._shown:
            self.cursor = self._shown[0]

    def _is_gone(self, id: str) -> bool:
        """Whether a row that the engine does not name has left, and not only its window."""
        return len(self._order) < self.window or has_left(self._things[id], self.queue)

    # --- what the operator does ---------------------------------------------------------------

    def pick(self, id: str = "") -> bool:
        """Stop following and put the cursor on a row, the top one unless told; False if empty."""
        if id and id not in self._shown:
            return False
        if not self._shown:
            return False
        if self.live:
            self.live = False
            top = self._shown[min(self.top, len(self._shown) - 1)]
            self.cursor = id or (self._home if self._home in self._shown else top)
        elif id:
            self.cursor = id
            self._purge()
        self._into_sight()
        return True

    def park(self) -> None:
        """Let the cursor go and follow the engine again."""
        self.live = True
        self.cursor = ""
        self.marked.clear()
        self._turn()

    def first(self) -> None:
        """Turn to the fresh page and pick its first row."""
        self.live = False
        self._turn()
        self.top = 0
        self.cursor = self._shown[0] if self._shown else ""

    def last(self) -> None:
        """Pick the last row."""
        if not self.pick():
            return
        self.cursor = self._shown[-1]
        self._purge()
        self._into_sight()

    def move(self, by: int) -> None:
        """Move the cursor by rows, down where positive; in a live list, pick the top row."""
        if self.live:
            self.pick()
            return
        if not self._shown:
            return
        old = self.line
        new = min(max(old + by, 0), len(self._shown) - 1)
        if new == old and self.is_ghost(self.cursor):
            self._leave_last_ghost()
            return
        self.cursor = self._shown[new]
        self._purge()
        self._into_sight()

    def advance(self, decided: Collection[str] = ()) -> None:
        """Move to the next row after a decision; at the end, to the one before.

        Where several were `decided`, to the next that is none of them; a cursor that is on none
        stays.
        """
        line, going = self.line, {*decided} or {self.cursor}
        if self.cursor not in going:
            return
        gone = self._ghosts | going
        after = [id for id in self._shown[line + 1 :] if id not in gone]
        before = [id for id in reversed(self._shown[:line]) if id not in gone]
        if not (after or before):
            return
        self.cursor = (after or before)[0]
        self._purge(keep=going)
        self._into_sight()

    def mark(self) -> bool:
        """Mark the row under the cursor, or no longer, and move on; False where no more can be."""
        if self.cursor in self.marked:
            del self.marked[self.cursor]
        elif len(self.marked) < MARKS_AT_MOST:
            self._mark_all_of([self.cursor])
            self._marked_last = self.cursor
        else:
            return False
        self.move(1)
        return True

    def mark_range(self) -> bool:
        """Mark from the row that was marked last to the cursor; False where there is none."""
        if self._marked_last not in self.chosen or self.line < 0:
            return False
        first, last = sorted((self._shown.index(self._marked_last), self.line))
        self._mark_all_of(self._shown[first : last + 1])
        self._marked_last = self.cursor
        return True

    def mark_all(self) -> None:
        """Mark every row that has not left; where all are, none."""
        before = len(self.marked)
        self._mark_all_of(self._shown)
        if len(self.marked) == before:
            self.marked.clear()

    def _mark_all_of(self, ids: Iterable[str]) -> None:
        fresh = [id for id in ids if id not in self._ghosts and id not in self.marked]
        room = MARKS_AT_MOST - len(self.marked)
        self.marked.update((id, self._things[id]) for id in fresh[:room])

    def mark_again(self, marked: Mapping[str, Thing]) -> None:
        """Bring marks back that were let go, where no others were made meanwhile."""
        if not self.marked:
            there = set(self._shown) - self._ghosts
            self.marked = {id: thing for id, thing in marked.items() if id in there}

    def _unmark(self, ids: Set[str]) -> None:
        for id in ids & self.marked.keys():
            del self.marked[id]

    def carry(self) -> None:
        """Let the row under the cursor take the place that the engine gives it, until a move.

        For what this operator moves: no other row changes its place.
        """
        self._carried = self.cursor

    def _put_down(self) -> None:
        id, top = self.cursor, self.top
        self._shown.remove(id)
        self._insert(id)
        self.top = top
        self._into_sight()

    def reveal(self, id: str) -> None:
        """Give a row that this operator brought back its place, as soon as the engine names it."""
        if id in self._shown or self.live:
            return
        if id in self._order:
            self._insert(id)
        else:
            self._wanted.add(id)

    def refilter(self, text: str, sort: Sort = "rank") -> None:
        """Take a new filter and order: the next rows from the engine are a fresh page."""
        if (text, sort) != (self.filter, self.sort):
            self.marked.clear()
            self._unasked = False
        self.filter, self.sort = text, sort
        self._fresh = True

    def begin_anew(self) -> None:
        """Take in that the next rows are a fresh page that the operator did not ask for.

        As where the queue was not watched meanwhile: the cursor stays on its post.
        """
        self._fresh = self._unasked = True

    def _insert(self, id: str) -> None:
        after = set(self._order[self._order.index(id) + 1 :])
        place = next((i for i, other in enumerate(self._shown) if other in after), None)
        place = len(self._shown) if place is None else place
        anchored = self.line - self.top
        self._shown.insert(place, id)
        if self.line >= 0:
            self.top = max(0, self.line - anchored)

    def _leave_last_ghost(self) -> None:
        line = self.line
        self._shown.remove(self.cursor)
        self._unmark(self._ghosts)
        self._ghosts.discard(self.cursor)
        self.cursor = self._shown[min(line, len(self._shown) - 1)] if self._shown else ""
        self._into_sight()

    def _purge(self, keep: Collection[str] = ()) -> None:
        """Let the ghosts go, but the cursor's; the cursor keeps its line on the screen."""
        self._carried = ""
        self._unmark(self._ghosts)
        going = self._ghosts - {self.cursor, *keep}
        if not going:
            return
        anchored = self.line - self.top
        self._shown = [id for id in self._shown if id not in going]
        self._ghosts -= going
        if self.line >= 0:
            self.top = max(0, self.line - anchored)

    def _into_sight(self) -> None:
        line = max(self.line, 0)
        if line < self.top:
            self.top = line
        elif line >= self.top + self.height:
            self.top = line - self.height + 1
        self.top = min(self.top, max(0, len(self._shown) - 1))

    def resize(self, height: int) -> None:
        """Take a new number of visible rows; the cursor stays in sight."""
        self.height = max(height, 1)
        self._into_sight()

    def scroll(self, by: int) -> None:
        """Move what is seen by rows without moving the cursor's post out of hand."""
        if self.live:
            self.pick()
        highest = max(0, len(self._shown) - self.height)
        self.top = min(max(self.top + by, 0), highest)
