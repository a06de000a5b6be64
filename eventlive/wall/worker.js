/**
 * The page's memory: its files, its theme and its pictures, for a reload while the engine is away.
 *
 * Owns one cache. The engine comes first for the page, its files and its theme, the cache where it
 * does not answer; a foreign picture never changes and comes from the cache. Never keeps the time, what was
 * asked for past every cache, or a socket.
 */

const CACHE = "eventlive-wall-1";
const WAIT = 3_000; // ms for the engine
const AWAY = 5_000; // ms
const MOST_PICTURES = 300;
const PAGE = "/wall";
const FILES = /^\/(?:wall\/(?:scenes\/|theme\/)?[\w.-]+\.\w+|pictures\/.+)$/;
const PICTURES = /^\/wall\/picture\//; // by their digest: what is under a name stays so

let away = 0; // until then the engine counts as away, and nobody waits for it file after file

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(begin());
});

/** The page says what it is made of: it was loaded before there was a worker. */
self.addEventListener("message", (event) => {
  const { page, files } = event.data;
  event.waitUntil(keepAll(page, files));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin || request.cache === "no-store") return;
  if (request.mode === "navigate" && pathname === PAGE) event.respondWith(fresh(request, PAGE));
  else if (FILES.test(pathname) && pathname !== "/wall/worker.js") event.respondWith(fresh(request, request));
  else if (PICTURES.test(pathname)) event.respondWith(kept(request));
});

async function begin() {
  for (const name of await caches.keys()) {
    if (name.startsWith("eventlive-") && name !== CACHE) await caches.delete(name);
  }
  await self.clients.claim();
}

async function keepAll(page, files) {
  const cache = await caches.open(CACHE);
  const known = new Set((await cache.keys()).map(({ url }) => url));
  const wanted = files.map((url) => new URL(url, location.origin)).filter(({ origin, pathname, href }) =>
    origin === location.origin && (FILES.test(pathname) || PICTURES.test(pathname)) && !known.has(href));
  await Promise.allSettled([fresh(new Request(page), PAGE), ...wanted.map(({ href }) => fresh(new Request(href), href))]);
}

/** The engine's answer, which is kept as `key`; what was kept, where it gives none in time. */
async function fresh(request, key) {
  const cache = await caches.open(CACHE);
  if (Date.now() < away) {
    const was = await cache.match(key);
    if (was) return was;
  }
  try {
    const answer = await fetch(request, { signal: AbortSignal.timeout(WAIT) });
    // A page that leads elsewhere, or an engine that refuses, is nothing to come back to.
    if (answer.ok && !answer.redirected && answer.type === "basic") await keep(cache, key, answer);
    if (answer.status < 500) return answer;
    return (await cache.match(key)) ?? answer;
  } catch (error) {
    away = Date.now() + AWAY;
    const was = await cache.match(key);
    if (was) return was;
    throw error;
  }
}

/** What was kept; the engine's answer, where it is not there yet. */
async function kept(request) {
  const cache = await caches.open(CACHE);
  const was = await cache.match(request);
  if (was) return was;
  const answer = await fetch(request);
  if (answer.status === 200) {
    await keep(cache, request, answer);
    await forgetOldest(cache);
  }
  return answer;
}

/** A full disk is no reason to show nothing. */
async function keep(cache, key, answer) {
  try {
    await cache.put(key, answer.clone());
  } catch {
    await caches.delete(CACHE);
  }
}

async function forgetOldest(cache) {
  const pictures = (await cache.keys()).filter(({ url }) => PICTURES.test(new URL(url).pathname));
  for (const old of pictures.slice(0, Math.max(0, pictures.length - MOST_PICTURES))) await cache.delete(old);
}
