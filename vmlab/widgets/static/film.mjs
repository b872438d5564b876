// The film of the memory map: frames of one byte a dot, zlib over XOR deltas.
// It is computed once in Python and decoded, played and searched here.

const FILM_LIMIT_BYTES = 100e6; // above it only what changes is kept
const FILM_KEY_EVERY = 50;

/** Decode a film; `frame(k)` of the answer is a view of frame k, valid until the next call. */
export async function decodeFilm(bytes, { frames, dots }, limit = FILM_LIMIT_BYTES) {
  const film = frames * dots > limit ? sparseFilm(dots) : wholeFilm(frames, dots);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
  const delta = new Uint8Array(dots);
  let filled = 0;
  for (const reader = stream.getReader(); ; ) {
    const { done, value } = await reader.read();
    if (done) break;
    for (let at = 0; at < value.length; ) {
      const take = Math.min(dots - filled, value.length - at);
      delta.set(value.subarray(at, at + take), filled);
      at += take;
      filled += take;
      if (filled === dots) {
        film.add(delta);
        filled = 0;
      }
    }
  }
  if (filled || film.length() !== frames) throw new Error("The film does not have the frames it names.");
  return { frames, dots, frame: film.frame };
}

/** Every frame in one block of memory. */
function wholeFilm(frames, dots) {
  const all = new Uint8Array(frames * dots);
  let n = 0;
  return {
    length: () => n,
    frame: (k) => all.subarray(k * dots, (k + 1) * dots),
    add(delta) {
      const start = n * dots;
      if (start + dots > all.length) throw new Error("The film has more frames than it names.");
      if (n) for (let i = 0; i < dots; i++) all[start + i] = delta[i] ^ all[start - dots + i];
      else all.set(delta);
      n += 1;
    },
  };
}

/** Key frames, and between them the dots that change. */
function sparseFilm(dots) {
  const keys = [];
  const changes = [];
  const last = new Uint8Array(dots);
  const shown = new Uint8Array(dots);
  let at = -1;
  const flip = (frame, { where, what }) => {
    for (let i = 0; i < where.length; i++) frame[where[i]] ^= what[i];
  };
  return {
    length: () => changes.length,
    add(delta) {
      let n = 0;
      for (let i = 0; i < dots; i++) if (delta[i]) n += 1;
      const change = { where: new Uint32Array(n), what: new Uint8Array(n) };
      for (let i = 0, j = 0; i < dots; i++)
        if (delta[i]) {
          change.where[j] = i;
          change.what[j++] = delta[i];
        }
      flip(last, change);
      if (changes.length % FILM_KEY_EVERY === 0) keys.push(last.slice());
      changes.push(change);
    },
    frame(k) {
      const key = Math.floor(k / FILM_KEY_EVERY);
      if (k < at || at < key * FILM_KEY_EVERY) {
        shown.set(keys[key]);
        at = key * FILM_KEY_EVERY;
      }
      while (at < k) flip(shown, changes[++at]);
      return shown;
    },
  };
}

/** The last frame at or before an instant; 0 before the first. */
export function frameAt(seconds, t) {
  let low = 0;
  let high = seconds.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (seconds[middle] <= t + 1e-9) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** How many dots are not sent, sent, dirty, and asked for by a guest that went ahead. */
export function countDots(frame) {
  const counts = [0, 0, 0, 0];
  for (let i = 0; i < frame.length; i++) counts[frame[i]] += 1;
  return counts;
}

/** A frame whose last `share` (0..1) has been freed, emptied from the end. */
export function freedFrom(frame, share) {
  if (share <= 0) return frame;
  const freed = frame.slice();
  freed.fill(0, Math.floor(frame.length * (1 - share)));
  return freed;
}
