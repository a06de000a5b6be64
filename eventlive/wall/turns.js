/**
 * Turns: which scene a screen shows now, and which posts a scene does, each for as long as it takes
 * to read at least.
 *
 * Pure: time is what the caller says it is, in ms. Owns who stands, who waits and who comes back,
 * and for how long each was to be seen. Never decides what is on the wall (the desk does), nor what
 * finds room (the scene does).
 */

const LOOK = 2_500; // ms until a reader has found the post
const A_SECOND = 14; // characters read in a second, from the last row, in company
const A_SECOND_DENSE = 7; // of those that are half a word each
const LEAST = 5_000;
const MOST = 45_000;
const PICTURES = 2_000; // more, where there are pictures
const AWAY = 60_000; // until one that was read comes back
const NO_FLICKER = 5_000; // until one that left comes back, for whatever reason, where another one stands
const TRIED = 6; // of those that would only fill an empty place
const SOON = 100; // ms, where something waits that no time can be told for
const DENSE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}]/gu;

/** How long it takes to read a card, in ms. */
export function readingTime(card) {
  const words = (card.warning || card.text) + (card.answer ?? "");
  const dense = words.match(DENSE)?.length ?? 0;
  const reading = (([...words].length - dense) / A_SECOND + dense / A_SECOND_DENSE) * 1_000;
  return Math.min(MOST, Math.max(LEAST, LOOK + reading)) + (card.media?.length ? PICTURES : 0);
}

/** Say which of its scenes a screen shows now; all screens turn at the same moments. */
export function showing({ scenes, seconds }, now) {
  return scenes[Math.floor(now / 1_000 / seconds) % scenes.length];
}

/** How long until the next one, in ms; Infinity where there is one alone. */
export function untilTurn({ scenes, seconds }, now) {
  if (scenes.length < 2) return Infinity;
  const turn = seconds * 1_000;
  return turn - (now % turn) + 1;
}

const oldestFirst = (one, other) => one.card.order - other.card.order;

/** The turns of one scene. Its clock stands still from `rest` until it is asked again. */
export class Turns {
  #known = new Map(); // id -> {card, seen: ms, left: when, met: whether it stood, early}
  #standing = new Set(); // those of them that stand
  #asked = NaN; // when it was asked last; NaN while the scene is not to be seen
  #goesRound = false; // whether all come again, not just the liked and pinned

  /** Until somebody comes or goes, in ms; Infinity where nobody waits. */
  again = Infinity;

  /**
   * Give the cards that stand now, in the order of `cards`; at most `count`.
   *
   * Who stands stays until read. Who is new comes in the order in which they were put up, as soon
   * as there is a place or somebody has been read: whoever was read longest leaves, pinned ones
   * last. Where nothing stands, the first of `cards` come first. While nothing new waits, those come that
   * were there before this scene was, then the liked and pinned again that have been away for a
   * minute; any other may fill an empty place. `fits` says whether there is room for these cards.
   */
  stand(cards, count, now, fits = () => true) {
    this.#pass(cards, now);
    const room = (all) => all.size <= 1 || (all.size <= count && fits(cards.filter(({ id }) => all.has(this.#known.get(id)))));
    if (!this.#standing.size) this.#begin(cards, count, now, room);
    while (!room(this.#standing)) this.#leave(this.#longestRead()[0], now);
    while (this.#admitNext(now, room));
    this.again = this.#untilNext(now);
    return cards.filter(({ id }) => this.#standing.has(this.#known.get(id)));
  }

  /**
   * Give the one card of a scene that shows one at a time, or null where there are none.
   *
   * Here all come again while nothing new waits, who was away longest first: one post that stands
   * still for the whole of a quiet hour would be no scene.
   */
  turn(cards, now) {
    this.#goesRound = true;
    return this.stand(cards, 1, now)[0] ?? null;
  }

  /** Give who comes after the one of `turn`, at most `count`, if nobody new does. */
  coming(count) {
    const waiting = this.#waiting(this.#asked, 0);
    const met = longestAway(waiting.filter(({ met }) => met));
    return [...this.#unmet(waiting), ...met].slice(0, count).map(({ card }) => card);
  }

  /** For how long a card that stands was to be seen, in ms. */
  seen({ id }) {
    return this.#known.get(id)?.seen ?? 0;
  }

  /** The scene is not to be seen from now on: nobody's time runs. */
  rest(now) {
    this.#run(now);
    this.#asked = NaN;
  }

  #run(now) {
    const passed = now - this.#asked;
    if (passed > 0) for (const one of this.#standing) one.seen += passed;
    this.#asked = now;
  }

  /** Let time pass, forget who is gone, meet who is new. */
  #pass(cards, now) {
    const early = !this.#known.size;
    this.#run(now);
    const there = new Set(cards.map(({ id }) => id));
    for (const [id, one] of this.#known) {
      one.left = Math.min(one.left, now); // the engine's clock may have been set back
      if (there.has(id)) continue;
      this.#known.delete(id);
      this.#standing.delete(one);
    }
    for (const card of cards) {
      const one = this.#known.get(card.id);
      if (!one) this.#known.set(card.id, { card, seen: 0, left: -Infinity, met: false, early });
      else {
        const { text, answer, warning } = one.card;
        if (text !== card.text || answer !== card.answer || warning !== card.warning) one.seen = 0;
        one.card = card;
      }
    }
  }

  #begin(cards, count, now, room) {
    const waiting = new Set(this.#waiting(now, -Infinity)); // an empty place is worse than a quick return
    const all = cards.map(({ id }) => this.#known.get(id)).filter((one) => waiting.has(one));
    let tried = 0;
    for (const one of [...all.filter(({ met }) => !met), ...all.filter(({ met }) => met)]) {
      if (room(new Set([...this.#standing, one]))) this.#enter(one);
      else tried += 1;
      if (tried === TRIED || this.#standing.size === count) break;
    }
  }

  #waiting(now, away) {
    return [...this.#known.values()].filter((one) => !this.#standing.has(one) && now - one.left >= away);
  }

  /** Those that have not stood yet: who came since the scene did, then what was there before it. */
  #unmet(waiting) {
    const unmet = waiting.filter(({ met }) => !met).sort(oldestFirst);
    return [...unmet.filter(({ early }) => !early), ...unmet.filter(({ early }) => early).reverse()];
  }

  #enter(one) {
    Object.assign(one, { seen: 0, met: true });
    this.#standing.add(one);
  }

  /** One that was not read, for which there is no room any more, waits as if it were new. */
  #leave(one, now) {
    Object.assign(one, { left: now, met: isRead(one) });
    this.#standing.delete(one);
  }

  /** Those that stand, whoever should leave first in front. */
  #longestRead() {
    const over = ({ card, seen }) => seen - readingTime(card);
    return [...this.#standing].sort((a, b) => a.card.pinned - b.card.pinned || over(b) - over(a));
  }

  /** Let the next one in, if there is any and a place for it. */
  #admitNext(now, room) {
    const waiting = this.#waiting(now, NO_FLICKER);
    const [next] = this.#unmet(waiting);
    if (next) return this.#admit(next, now, room);
    if (this.#goesRound) {
      const [again] = longestAway(waiting);
      return Boolean(again) && this.#admit(again, now, room);
    }
    const [back] = longestAway(this.#waiting(now, AWAY).filter(comesBack));
    if (back && this.#admit(back, now, room)) return true;
    const filling = waiting.sort(oldestFirst).reverse().slice(0, TRIED)
      .find((one) => room(new Set([...this.#standing, one])));
    if (filling) this.#enter(filling);
    return Boolean(filling);
  }

  /** Let one in, for which as few leave as need be of those that have been read. */
  #admit(one, now, room) {
    const left = new Set([...this.#standing, one]);
    const leavers = this.#longestRead().filter(isRead);
    const free = [...this.#standing].every((other) => other.card.pinned || isRead(other));
    const out = [];
    for (const leaver of [null, ...leavers.filter(({ card }) => free || !card.pinned)]) {
      if (leaver) out.push(leaver);
      left.delete(leaver);
      if (!room(left)) continue;
      for (const other of out.slice(0, -1)) if (room(new Set([...left, other]))) left.add(other);
      for (const other of out) if (!left.has(other)) this.#leave(other, now);
      this.#enter(one);
      return true;
    }
    return false;
  }

  #untilNext(now) {
    const waiting = this.#waiting(now, 0);
    if (!waiting.length) return Infinity;
    const times = waiting.map(({ left }) => NO_FLICKER - (now - left));
    const back = waiting.filter((one) => one.met && comesBack(one));
    const turns = (one) => !one.met || comesBack(one) || this.#goesRound;
    times.push(...back.map(({ left }) => AWAY - (now - left)));
    if (waiting.some(turns)) {
      times.push(...[...this.#standing].map(({ card, seen }) => readingTime(card) - seen));
    }
    return Math.max(SOON, Math.min(...times.filter((time) => time > 0)));
  }
}

const isRead = ({ card, seen }) => seen >= readingTime(card);
const comesBack = ({ card }) => card.liked || card.pinned;
const longestAway = (some) => [...some].sort((one, other) => one.left - other.left);
