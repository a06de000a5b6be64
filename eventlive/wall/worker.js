/**
 * The page's memory: its files, its theme and its pictures, for a reload while the engine is away.
 *
 * Owns a cache of the page for each version of it, which is used once it is whole, so that no page is made
 * of files of two; and a cache of what stands on the page. The engine comes first for the page and its theme; a foreign
 * picture never changes and comes from the cache. Never keeps the time, films, what was asked for
 * past every cache, or a socket.
 */

const PAGES = "eventlive-page-"; // and the version
const THINGS = "eventlive-things-1";
const WAIT = 3_000; // ms for the engine to begin its answer
const WAIT_ANEW = 10_000; // ms, where the page is loaded anew: the engine is there, and busy
const AWAY = 5_000; // ms
const MOST_PAGES = 50; // of which it is remembered what they were made of
const PAGE = "/wall";
const FILES = /^\/wall\/(?:scenes\/)?[\w-]+\.(?:css|js)$/; // what a page is made of
const THINGS_OF = /^\/wall\/(?:theme\/)?[\w.-]+\.\w+$/;
const FILMS = /\.(?:mp4|webm)$/i;
/** Pictures of posts, and how many of each kind are kept: a foreign one is named by its digest. */
const FOREIGN = /^\/wall\/picture\//;
const OWN = /^\/pictures\/.+/;
const MOST = new Map([[FOREIGN, 300], [OWN, 200]]);

let away = 0; // until then the engine counts as away, and nobody waits for it file after file
const pages = new Map(); // client -> the version of its page

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(begin());
});

/** The page says what it is made of, as it was loaded before there was a worker; or what to forget. */
self.addEventListener("message", (event) => {
  const { page, version, files, forget } = event.data;
  if (forget) event.waitUntil(forgetAll(forget));
  else event.waitUntil(Promise.allSettled([keepPage(page, version, files), keepThings(files)]));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || request.cache === "no-store") return;
  if (request.mode === "navigate") {
    if (pathname === PAGE) event.respondWith(pageOf(event));
  } else if (pathname === "/wall/worker.js" || FILMS.test(pathname)) return;
  else if (FILES.test(pathname)) event.respondWith(fileOf(event));
  else if (FOREIGN.test(pathname)) event.respondWith(kept(event));
  else if (THINGS_OF.test(pathname) || OWN.test(pathname)) event.respondWith(fresh(event));
});

async function begin() {
  for (const name of await caches.keys()) {
    if (name.startsWith("eventlive-") && name !== THINGS && !name.startsWith(PAGES)) await caches.delete(name);
  }
  await self.clients.claim();
}

// --- the page -------------------------------------------------------------------------------------

const versionOf = (html) => /name="page" content="([^"]*)"/.exec(html)?.[1] ?? "";

/** The whole caches of pages, the newest last, by their versions. */
async function wholePages() {
  const whole = new Map();
  for (const name of await caches.keys()) {
    if (!name.startsWith(PAGES)) continue;
    const cache = await caches.open(name);
    if (await cache.match(PAGE)) whole.set(name.slice(PAGES.length), cache);
  }
  return whole;
}

/** Keep a version of the page with all its files, then forget the others; nothing, where one fails. */
async function keepPage(page, version, files) {
  if ((await wholePages()).has(version)) return;
  const paths = [...new Set(files.map((url) => new URL(url, location.origin)).filter(({ origin, pathname }) =>
    origin === location.origin && FILES.test(pathname)).map(({ pathname }) => pathname))];
  const answers = await Promise.all(paths.map((path) => ask(new Request(path, { cache: "no-cache" }), WAIT_ANEW)));
  const html = await ask(new Request(page, { cache: "no-store" }), WAIT_ANEW);
  const complete = [...answers, html].every(({ ok, redirected }) => ok && !redirected);
  if (!complete || versionOf(await html.clone().text()) !== version) return; // the next page that starts tries again
  const cache = await caches.open(PAGES + version);
  try {
    await Promise.all(paths.map((path, at) => cache.put(path, answers[at])));
    await cache.put(PAGE, html); // last: with it the cache counts as whole
  } catch (error) {
    await caches.delete(PAGES + version);
    throw error;
  }
  for (const name of await caches.keys()) {
    if (name.startsWith(PAGES) && name !== PAGES + version) await caches.delete(name);
  }
}

/** The engine's page; the one that was kept whole, where it gives none in time. */
async function pageOf({ request, resultingClientId }) {
  const whole = await wholePages();
  const [version, cache] = [...whole].at(-1) ?? [];
  const was = await cache?.match(PAGE);
  const anew = request.cache === "no-cache" || request.cache === "reload";
  const made = (of) => {
    pages.set(resultingClientId, of);
    if (pages.size > MOST_PAGES) pages.delete(pages.keys().next().value);
  };
  if (was && !anew && Date.now() < away) return made(version), was;
  try {
    const answer = await ask(request, anew ? WAIT_ANEW : WAIT);
    if (answer.status < 500 || !was) {
      if (answer.ok && answer.type === "basic") made(versionOf(await answer.clone().text()));
      return answer;
    }
  } catch (error) {
    away = Date.now() + AWAY;
    if (!was) throw error;
  }
  return made(version), was;
}

/** A file of the page: of the version that its page is of, where that is kept; else the engine's. */
async function fileOf({ request, clientId }) {
  const whole = await wholePages();
  const version = pages.get(clientId);
  const was = await (version === undefined ? [...whole.values()].at(-1) : whole.get(version))?.match(request);
  if (was && (version !== undefined || Date.now() < away)) return was;
  try {
    const answer = await ask(request, WAIT);
    return answer.status < 500 ? answer : was ?? answer;
  } catch (error) {
    if (was) return was;
    throw error;
  }
}

// --- what stands on it ----------------------------------------------------------------------------

async function keepThings(files) {
  const cache = await caches.open(THINGS);
  const known = new Set((await cache.keys()).map(({ url }) => url));
  const wanted = [...new Set(files)].map((url) => new URL(url, location.origin)).filter(({ origin, pathname, href }) =>
    origin === location.origin && !known.has(href) && !FILES.test(pathname) && !FILMS.test(pathname) &&
    (THINGS_OF.test(pathname) || kindOf(pathname)));
  await Promise.allSettled(wanted.map(async ({ href }) => keep(cache, href, await ask(new Request(href), WAIT))));
}

/** The engine's answer; what was kept, where it gives none in time. */
async function fresh(event) {
  const { request } = event;
  const cache = await caches.open(THINGS);
  const was = await cache.match(request);
  if (was && Date.now() < away) return was;
  try {
    const answer = await ask(request, WAIT);
    event.waitUntil(keep(cache, request, answer.clone()));
    return answer.status < 500 ? answer : was ?? answer;
  } catch (error) {
    away = Date.now() + AWAY;
    if (was) return was;
    throw error;
  }
}

/** What was kept; the engine's answer, where it is not there yet. */
async function kept(event) {
  const cache = await caches.open(THINGS);
  const was = await cache.match(event.request);
  if (was) return was;
  const answer = await fetch(event.request);
  event.waitUntil(keep(cache, event.request, answer.clone()));
  return answer;
}

/** Ask the engine, which has so long to begin its answer; a body may take longer. */
async function ask(request, wait) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), wait);
  try {
    return await fetch(request, { signal: patience.signal });
  } finally {
    clearTimeout(timer);
  }
}

/** Keep an answer. A body that breaks off is not kept, and on a full disk nothing is but the page. */
async function keep(cache, key, answer) {
  // An address that leads elsewhere, or an engine that refuses, is nothing to come back to.
  if (answer.status !== 200 || answer.redirected || answer.type !== "basic") return;
  try {
    await cache.put(key, answer);
  } catch (error) {
    if (error.name === "QuotaExceededError") await caches.delete(THINGS);
    return;
  }
  await forgetOldest(cache);
}

const kindOf = (pathname) => [...MOST.keys()].find((kind) => kind.test(pathname));

async function forgetOldest(cache) {
  const keys = await cache.keys();
  for (const [kind, most] of MOST) {
    const pictures = keys.filter(({ url }) => kind.test(new URL(url).pathname));
    for (const old of pictures.slice(0, Math.max(0, pictures.length - most))) await cache.delete(old);
  }
}

/** Forget the pictures of what is off the wall. */
async function forgetAll(addresses) {
  const cache = await caches.open(THINGS);
  for (const address of addresses) await cache.delete(address);
}
