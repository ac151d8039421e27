"""Sounds from outside: what is decoded, what is refused, and that decoding stops in time."""

from __future__ import annotations

import numpy as np
import pytest

from knowledge.errors import InvalidSound
from knowledge.sound import HEARING_RATE, Sound, decode_sound
from tests import material


def pitch(sound: Sound) -> float:
    """The strongest frequency, in Hz."""
    spectrum = np.abs(np.fft.rfft(sound.samples))
    return float(np.fft.rfftfreq(len(sound.samples), 1 / sound.rate)[spectrum.argmax()])


@pytest.mark.parametrize(
    ("data", "seconds"),
    [
        pytest.param(material.wav(material.tone(1.0)), 1.0, id="WAV 16 kHz mono"),
        pytest.param(material.wav(material.tone(1.0, 44_100, 2), 44_100), 1.0, id="WAV 44.1 kHz stereo"),
        pytest.param(material.wav(material.tone(1.0, 8_000), 8_000), 1.0, id="WAV 8 kHz"),
        pytest.param(
            material.encoded(material.tone(1.0, 48_000), 48_000, format="webm", codec="libopus"), 1.0, id="WebM"
        ),
        pytest.param(
            material.encoded(material.tone(1.0, 48_000), 48_000, format="ogg", codec="libopus"), 1.0, id="Ogg"
        ),
        pytest.param(
            material.encoded(material.tone(1.0, 44_100), 44_100, format="mp3", codec="libmp3lame"), 1.0, id="MP3"
        ),
    ],
)
def test_recordings_become_mono_at_the_hearing_rate(data, seconds):
    sound = decode_sound(data, longest_s=60)
    assert sound.rate == HEARING_RATE
    assert sound.samples.ndim == 1
    assert sound.samples.dtype == np.float32
    assert sound.duration_s == pytest.approx(seconds, abs=0.1)
    assert pitch(sound) == pytest.approx(440, abs=5)


def test_both_channels_are_heard():
    left = material.tone(1.0, 44_100, 2)
    left[:, 1] = 0
    assert np.abs(decode_sound(material.wav(left, 44_100), longest_s=9).samples).max() > 0.15


def test_silence_is_a_sound():
    sound = decode_sound(material.wav(material.tone(1.0, loudness=0)), longest_s=9)
    assert sound.duration_s == pytest.approx(1.0)
    assert not sound.samples.any()


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty file"),
        pytest.param(b"I am a text.", id="text"),
        pytest.param(material.picture(["Light"]), id="picture"),
        pytest.param(material.wav(np.zeros((0, 1), "<i2")), id="no sample"),
        pytest.param(material.wav(material.tone(1.0))[:20], id="cut in its header"),
        pytest.param(b"RIFF\xff\xff\xff\xffWAVEfmt ", id="header alone"),
    ],
)
def test_what_is_no_sound_is_refused_by_name(data):
    with pytest.raises(InvalidSound, match=r"lecture\.wav") as refusal:
        decode_sound(data, longest_s=9, name="lecture.wav")
    assert refusal.value.code == "sound_unreadable"


def test_a_play_list_is_no_sound_and_opens_nothing_that_it_names(tmp_path):
    secret = tmp_path / "secret.wav"
    secret.write_bytes(material.wav(material.tone(1.0)))
    play_list = f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{secret.as_uri()}\n#EXT-X-ENDLIST\n"
    with pytest.raises(InvalidSound):
        decode_sound(play_list.encode(), longest_s=9)


def test_an_open_file_is_decoded_without_being_read_whole(tmp_path):
    file = tmp_path / "lecture.wav"
    file.write_bytes(material.wav(material.tone(90.0)))
    with file.open("rb") as opened:
        sound = decode_sound(opened, longest_s=100)
    assert sound.duration_s == pytest.approx(90.0)
    assert pitch(Sound(sound.samples[-HEARING_RATE:], HEARING_RATE)) == pytest.approx(440, abs=5)


def test_a_recording_cut_short_is_heard_as_far_as_it_goes():
    data = material.wav(material.tone(2.0))
    assert decode_sound(data[: len(data) // 2], longest_s=9).duration_s == pytest.approx(1.0, abs=0.1)


def test_decoding_stops_at_the_limit(monkeypatch):
    import knowledge.sound

    decoded = 0
    frames = knowledge.sound._frames

    def counted(container, resampler):
        nonlocal decoded
        for frame in frames(container, resampler):
            decoded += len(frame)
            yield frame

    monkeypatch.setattr(knowledge.sound, "_frames", counted)
    minute = material.encoded(material.tone(60, 48_000, loudness=0), 48_000, format="ogg", codec="libopus")
    with pytest.raises(InvalidSound) as refusal:
        decode_sound(minute, longest_s=5)
    assert refusal.value.code == "sound_too_long"
    assert refusal.value.details["seconds"] == 5
    assert decoded < 7 * HEARING_RATE


def test_a_sound_goes_out_as_wav_and_comes_back():
    sound = Sound(np.sin(np.linspace(0, 2000, HEARING_RATE)).astype(np.float32) * 0.5, HEARING_RATE)
    again = decode_sound(sound.to_wav(), longest_s=9)
    assert np.abs(again.samples - sound.samples).max() < 1e-3
