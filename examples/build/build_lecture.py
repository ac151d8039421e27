"""Speak lecture.txt into sample-course/mini-lecture.mp3 and note when each sentence is said in lecture-times.json.

    .venv/bin/pip install hibari-tts==0.2.1 av numpy
    .venv/bin/python examples/build/build_lecture.py

The voice is hibari's "heart" (Apache-2.0, https://github.com/MMWilliams/hibari), which is inside its package.
"""

import json

import av
import numpy as np
from hibari import Hibari
from house import COURSE, HERE

RATE = 24_000


def mp3(path, samples: np.ndarray, bit_rate=64_000, **tags):
    with av.open(str(path), "w") as container:
        container.metadata.update(tags)
        stream = container.add_stream("libmp3lame", rate=RATE, layout="mono")
        stream.bit_rate = bit_rate
        resampler = av.AudioResampler(format=stream.codec_context.format or "s16p", layout="mono", rate=RATE, frame_size=1152)
        frame = av.AudioFrame.from_ndarray((np.clip(samples, -1, 1) * 32767).astype(np.int16)[None], format="s16", layout="mono")
        frame.sample_rate = RATE
        for piece in [*resampler.resample(frame), *resampler.resample(None), None]:
            container.mux(stream.encode(piece))


def main():
    voice = Hibari()
    sentences = (HERE / "lecture.txt").read_text("utf-8").split("\n")
    pieces, times, at = [np.zeros(int(0.4 * RATE), np.float32)], [], 0.4
    for sentence in filter(None, sentences):
        sound = voice(sentence, speed=0.94, seed=0)
        times.append({"start_s": round(at, 2), "end_s": round(at + len(sound) / RATE, 2), "text": sentence})
        pieces += [sound, np.zeros(int(0.45 * RATE), np.float32)]
        at += (len(pieces[-2]) + len(pieces[-1])) / RATE
    samples = np.concatenate(pieces)
    samples *= 0.85 / np.abs(samples).max()
    mp3(COURSE / "mini-lecture.mp3", samples, title="Mini-lecture: the rainbow", artist="Coursemate", album="Light and Lenses")
    (HERE / "lecture-times.json").write_text(json.dumps(times, indent=1) + "\n", "utf-8")
    print(f"mini-lecture.mp3: {len(samples) / RATE:.1f} s, {(COURSE / 'mini-lecture.mp3').stat().st_size} bytes")


if __name__ == "__main__":
    main()
