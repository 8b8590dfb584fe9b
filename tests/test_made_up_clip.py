"""The files: RAVDESS' formats, the same pictures with and without sound, the mark."""

import io

import av
import numpy as np
import soundfile

from corpus.made_up.clip import MARKER, add_sound, sound_file, video_file
from corpus.made_up.voice import RATE

FRAMES = 20


def bars() -> list[np.ndarray]:
    pictures = np.full((FRAMES, 240, 320, 3), 60, np.uint8)
    for place, picture in enumerate(pictures):
        picture[:, 16 * place : 16 * place + 16] = 200
    return list(pictures)


def tone() -> np.ndarray:
    time = np.arange(RATE * FRAMES // 30) / RATE
    return np.round(9000 * np.sin(2 * np.pi * 440 * time)).astype(np.int16)


def test_video_with_sound_is_h264_and_aac_at_48_khz():
    silent = video_file(bars(), size=(320, 240), fps=30)
    with av.open(io.BytesIO(add_sound(silent, tone()))) as container:
        pictures, sound = container.streams.video[0], container.streams.audio[0]
        assert (pictures.codec_context.name, sound.codec_context.name) == (
            "h264",
            "aac",
        )
        assert sound.rate == RATE
        assert container.metadata["comment"] == MARKER
        assert pictures.average_rate == 30
        decoded = [
            frame.to_ndarray(format="gray") for frame in container.decode(video=0)
        ]
    with av.open(io.BytesIO(silent)) as container:
        assert not container.streams.audio
        assert container.metadata["comment"] == MARKER
        alone = [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]
    np.testing.assert_array_equal(decoded, alone)
    assert len(decoded) == FRAMES
    for place, grey in enumerate(decoded):
        assert grey.mean(0)[16 * place + 8] > 150 > grey.mean()


def test_the_sound_of_the_video_is_the_wav():
    silent = video_file(bars(), size=(320, 240), fps=30)
    with av.open(io.BytesIO(add_sound(silent, tone()))) as container:
        blocks = [frame.to_ndarray() for frame in container.decode(audio=0)]
    heard = np.concatenate(blocks, axis=1)[0][: len(tone())]
    meant = tone() / 32768
    assert np.corrcoef(heard, meant)[0, 1] > 0.99


def test_wav_keeps_the_samples_and_the_mark():
    with soundfile.SoundFile(io.BytesIO(sound_file(tone()))) as file:
        assert (file.samplerate, file.channels, file.subtype) == (RATE, 1, "PCM_16")
        assert file.comment == MARKER
        np.testing.assert_array_equal(file.read(dtype="int16"), tone())


def test_same_input_same_bytes():
    one, other = (video_file(bars(), size=(320, 240), fps=30) for _ in range(2))
    assert one == other
    assert add_sound(one, tone()) == add_sound(other, tone())
