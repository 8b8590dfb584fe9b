"""The named baseline: the thesis' printed way (Beyene 2019, appendix), stage by stage.

Written after its listings, on today's libraries: every picture as a jpg at 45 frames a
second (FFmpeg, by PyAV in this process), Haar over each jpg, the crop as a jpg over it,
resized, as a jpg again, read again, grey thrice, and `VGG16.predict` a clip; every
sound read, padded, resampled by resampy, its log-mel, and `predict` a clip.
"""

import itertools
import shutil
import tempfile
from pathlib import Path

import numpy as np

from corpus.stopwatch import spending

FPS = 45
SIDE = 48


class AppendixPicture:
    """Embeds clips, one after another, by way of folders of jpgs."""

    def __init__(self, network):
        import cv2

        file = Path(cv2.data.haarcascades) / "haarcascade_frontalface_default.xml"
        self.cascade, self.network = cv2.CascadeClassifier(str(file)), network

    def __call__(self, clips):
        """Return one array of shape (frames at 45 a second, 512) a clip."""
        with tempfile.TemporaryDirectory() as root:
            folders = []
            for number, clip in enumerate(clips):
                folder = Path(root, f"{number:04}")
                folder.mkdir()
                with spending("jpgs"):
                    write_jpgs(clip, folder)
                with spending("detect"):
                    self.crop_faces(folder)
                with spending("resize"):
                    resize(folder)
                with spending("read"):
                    folders.append(read(folder))
                shutil.rmtree(folder)
        with spending("embed"):
            return [self.network.predict(frames, verbose=0) for frames in folders]

    def crop_faces(self, folder):
        """Replace each picture by its first face, where there is one."""
        import cv2

        for file in sorted(folder.glob("*.jpg")):
            gray = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2GRAY)
            for x, y, width, height in self.cascade.detectMultiScale(gray, 1.3, 5):
                cv2.imwrite(str(file), gray[y : y + height, x : x + width])
                break


def write_jpgs(clip, folder):
    """Do what `ffmpeg -i clip -vf fps=45 %d.jpg` does."""
    import av

    pattern = str(folder / "%04d.jpg")
    with av.open(str(clip)) as source, av.open(pattern, "w", "image2") as target:
        shown = source.streams.video[0]
        shown.thread_type = "AUTO"
        graph = av.filter.Graph()
        start = graph.add_buffer(template=shown)
        rate, end = graph.add("fps", str(FPS)), graph.add("buffersink")
        start.link_to(rate)
        rate.link_to(end)
        graph.configure()
        coded = target.add_stream("mjpeg", rate=FPS)
        coded.width, coded.height = shown.width, shown.height
        coded.pix_fmt = "yuvj420p"
        for frame in itertools.chain(source.decode(shown), [None]):
            graph.push(frame)
            while True:
                try:
                    picture = graph.pull()
                except (av.BlockingIOError, av.EOFError):
                    break
                target.mux(coded.encode(picture.reformat(format="yuvj420p")))
        target.mux(coded.encode())


def resize(folder):
    """Replace each picture by one of 48x48."""
    import cv2

    for file in sorted(folder.glob("*.jpg")):
        picture = cv2.imread(str(file))
        cv2.imwrite(str(file), cv2.resize(picture, (SIDE, SIDE)))


def read(folder):
    """Return a folder's pictures as the network takes them, grey three times."""
    import cv2

    files = sorted(folder.glob("*.jpg"))
    frames = np.empty((len(files), SIDE, SIDE, 3))
    for item, file in zip(frames, files, strict=True):
        gray = cv2.cvtColor(cv2.imread(str(file)), cv2.COLOR_BGR2GRAY) / 255
        item[:, :, 0] = item[:, :, 1] = item[:, :, 2] = gray
    return frames


class AppendixSound:
    """Embeds sounds, one after another."""

    def __init__(self, network):
        self.network = network

    def __call__(self, files):
        """Return one array of shape (1, 512) a file."""
        found = []
        for file in files:
            with spending("prepare"):
                examples = sound_to_examples(file)
            with spending("embed"):
                found.append(self.network.predict(examples[..., None], verbose=0))
        return found


def sound_to_examples(file):
    """Return the log-mel of 4.96 s, shape (1, 496, 64)."""
    import resampy
    import soundfile

    from vggish_features.log_mel import RATE, examples, log_mel

    data, rate = soundfile.read(file, dtype="int16")
    samples = data / 32768.0
    length = 5 * rate
    if len(samples) < length:
        padded = np.zeros(length)
        padded[: len(samples)] = samples
        samples = padded
    samples = samples[:length]
    samples = resampy.resample(samples, rate, RATE)
    return examples(log_mel(samples), frames=496, hop=496)
