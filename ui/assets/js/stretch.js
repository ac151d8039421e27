// Faster or slower without a higher or deeper voice: windows of the sound are laid over each other nearer or farther
// apart, each where it fits best (WSOLA, Verhelst and Roelands 1993).
const windowS = 0.03;
const searchS = 0.008;

// `samples` at `rate` Hz, `speed` times as fast, as new samples.
export function stretch(samples, rate, speed) {
  const size = 2 * Math.round((windowS * rate) / 2);
  const half = size / 2;
  const search = Math.round(searchS * rate);
  const length = Math.floor(samples.length / speed);
  if (Math.abs(speed - 1) < 0.01 || samples.length < 2 * size) return samples;
  const out = new Float32Array(length + size);
  const hann = Float32Array.from({ length: size }, (_, at) => 0.5 - 0.5 * Math.cos((2 * Math.PI * at) / size));
  let taken = 0; // where in the sound the last window came from
  for (let at = 0; at + size <= out.length; at += half) {
    const wished = Math.round(at * speed);
    const from = at === 0 ? 0 : best(samples, taken + half, wished, size, search);
    if (from + size > samples.length) break;
    for (let i = 0; i < size; i++) out[at + i] += samples[from + i] * (at === 0 && i < half ? 1 : hann[i]);
    taken = from;
  }
  return out.subarray(0, length);
}

// Near `wished`, the place that goes on most like the one at `natural`, where the last window would go on by itself.
function best(samples, natural, wished, size, search) {
  let found = wished;
  let most = -Infinity;
  for (let shift = -search; shift <= search; shift += 2) {
    const from = wished + shift;
    if (from < 0 || from + size > samples.length || natural + size > samples.length) continue;
    let likeness = 0;
    for (let i = 0; i < size; i += 4) likeness += samples[from + i] * samples[natural + i];
    if (likeness > most) [most, found] = [likeness, from];
  }
  return Math.max(0, found);
}
