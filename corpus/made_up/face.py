"""Draw a talking head: shaded enough for a Haar cascade, plain enough to be quick.

All drawing is OpenCV's integer drawing (fixed-point corners, anti-aliased) and
integer blending, so that a picture is the same wherever it is drawn.
"""

import math

import cv2
import numpy as np

from corpus.made_up.cast import Speaker
from corpus.made_up.motion import Pose

__all__ = ["Portrait"]

SHIFT = 4  # corners are given in sixteenths of a pixel
FLAT = 128  # of the shade: this leaves a colour as it is
HEAD = 0.335  # half height of a head, of the picture's height
MIDDLE = 0.47  # height of the eyes' line, from the top

# Where things are, in half heights of the head from the middle of the face.
EYES, BROWS, MOUTH = -0.10, -0.28, 0.58


class Portrait:
    """A speaker who can be drawn in any pose.

    Args:
        person: Who.
        size: Width and height of the picture, in pixels.
    """

    def __init__(self, person: Speaker, *, size: tuple[int, int]):
        self._person = person
        self._width, self._height = size
        self._unit = HEAD * self._height
        self._skin = np.array(person.skin[::-1], int)
        self._hair = np.array(person.hair[::-1], int)
        # Eyes and teeth are lit like the skin beside them.
        self._white = np.array((138, 144, 146)) + self._skin * 3 // 10
        self._tones = self._skin_tones()
        self._stage = self._backdrop()

    def picture(self, pose: Pose) -> np.ndarray:
        """Draw one frame; shape (height, width, 3), uint8, blue-green-red."""
        image = self._stage.copy()
        self._place(pose)
        self._back_of_head(image)
        self._head(image)
        self._shade(image, pose)
        self._nose(image)
        for side in (-1, 1):
            self._eye(image, side, pose)
            self._brow(image, side, pose)
        self._mouth(image, pose)
        self._fringe(image)
        return image

    # From face to picture.

    def _place(self, pose: Pose) -> None:
        angle = math.radians(pose.tilt)
        self._cos, self._sin = math.cos(angle), math.sin(angle)
        self._x = self._width / 2 + pose.x * self._unit
        self._y = MIDDLE * self._height + pose.y * self._unit
        self._turn, self._nod = pose.turn, pose.nod
        self._drop = 0.3 * pose.mouth

    def _points(self, points) -> np.ndarray:
        """Take points of the face to fixed-point corners of the picture."""
        x, y = np.asarray(points, float).T
        # The head turns about the neck, below the chin.
        down = y - 1.0
        across = self._x + self._unit * (x * self._cos - down * self._sin)
        along = self._y + self._unit * (1.0 + x * self._sin + down * self._cos)
        corners = np.stack([across, along], 1) * (1 << SHIFT)
        return np.round(corners).astype(np.int32)

    def _features(self, points) -> np.ndarray:
        """The same for what slides over the head when it nods or turns."""
        return self._points(np.asarray(points, float) + (self._turn, self._nod))

    def _fill(self, image, corners, colour) -> None:
        colour = _colour(colour)
        cv2.fillPoly(image, [corners], colour, cv2.LINE_AA, SHIFT)

    def _line(self, image, corners, colour, width) -> None:
        thick = max(1, round(width * self._unit))
        cv2.polylines(
            image, [corners], False, _colour(colour), thick, cv2.LINE_AA, SHIFT
        )

    # Parts.

    def _skin_tones(self) -> np.ndarray:
        """The colour of the skin by shade; shape (1, 256, 3)."""
        shade = np.arange(256)[:, None]
        # Dark skin shows its forms by what it mirrors.
        sheen = np.maximum(shade - FLAT, 0) * (255 - int(self._skin.mean())) // 160
        tones = self._skin * shade // FLAT + sheen
        return np.minimum(tones, 255).astype(np.uint8)[None]

    def _backdrop(self) -> np.ndarray:
        """A light wall, the shoulders and the neck: what hardly moves."""
        height, width = self._height, self._width
        rows = np.linspace(232, 206, height).astype(np.uint8)[:, None, None]
        image = np.ascontiguousarray(np.broadcast_to(rows, (height, width, 3)))
        self._x, self._y, self._turn, self._nod = width / 2, MIDDLE * height, 0, 0
        self._cos, self._sin, self._drop = 1.0, 0.0, 0.0
        shirt = np.array(self._person.shirt[::-1], int)
        shoulders = [
            (-2.0, 2.4), (-1.75, 1.55), (-1.3, 1.28), (-0.45, 1.08), (0.45, 1.08),
            (1.3, 1.28), (1.75, 1.55), (2.0, 2.4),
        ]  # fmt: skip
        self._fill(image, self._points(_rounded(shoulders)), shirt)
        neck = [(-0.4, 0.5), (0.4, 0.5), (0.44, 1.1), (0.0, 1.42), (-0.44, 1.1)]
        self._fill(image, self._points(neck), self._skin * 66 // 100)
        collar = [(-0.47, 1.09), (-0.2, 1.3), (0.0, 1.43), (0.2, 1.3), (0.47, 1.09)]
        self._line(image, self._points(collar), shirt * 7 // 10, 0.05)
        return image

    def _outline(self, grow: float = 0.0) -> np.ndarray:
        """The edge of the head, narrower towards the chin; it falls with the jaw."""
        angle = np.linspace(0, 2 * np.pi, 49)[:-1]
        y = -np.cos(angle)
        narrow = 1 - self._person.jaw * np.clip(y, 0, 1) ** 2
        x = self._person.wide * np.sin(angle) * narrow
        # Cheeks fuller than an ellipse's.
        x *= 1 + 0.1 * np.clip(1 - ((y - 0.3) / 0.6) ** 2, 0, 1)
        y = y * (1 + grow)
        y += self._drop * np.clip(y, 0, 1)
        return np.stack([x * (1 + grow), y], 1)

    def _back_of_head(self, image) -> None:
        person = self._person
        top = _ellipse(0, -0.25, person.wide * 1.14, 0.92)
        self._fill(image, self._points(top), self._hair)
        if person.long_hair:
            wide = person.wide
            falls = [
                (-wide * 1.1, -0.4), (-wide * 1.28, 0.3), (-wide * 1.3, 1.0),
                (-wide * 0.7, 1.2), (wide * 0.7, 1.2), (wide * 1.3, 1.0),
                (wide * 1.28, 0.3), (wide * 1.1, -0.4),
            ]  # fmt: skip
            self._fill(image, self._points(_rounded(falls)), self._hair * 85 // 100)
            neck = [(-0.38, 0.5), (0.38, 0.5), (0.42, 1.15), (-0.42, 1.15)]
            self._fill(image, self._points(neck), self._skin * 62 // 100)
        else:
            for side in (-1, 1):
                ear = _ellipse(side * person.wide * 1.02, 0.02, 0.1, 0.2)
                self._fill(image, self._points(ear), self._skin * 88 // 100)

    def _head(self, image) -> None:
        # In the tone of its edge; `_shade` lights what lies inside.
        edge = self._skin * (FLAT - 44) // FLAT
        self._fill(image, self._points(self._outline()), edge)

    def _shade(self, image, pose: Pose) -> None:
        """Light from above: lighter forehead, nose and cheeks; darker hollows."""
        person, unit = self._person, self._unit
        reach = int(1.35 * unit)
        left, top = int(self._x) - reach, max(0, int(self._y) - reach)
        right, bottom = left + 2 * reach, min(self._height, int(self._y) + reach)
        shade = np.full((self._height, self._width), FLAT - 44, np.uint8)
        inner = self._points(self._outline(-0.1))
        cv2.fillPoly(shade, [inner], FLAT, cv2.LINE_8, SHIFT)

        def blob(x, y, wide, high, tone):
            corners = self._features(_ellipse(x, y, wide, high))
            cv2.fillPoly(shade, [corners], FLAT + tone, cv2.LINE_8, SHIFT)

        blob(0, -0.62, 0.5, 0.26, 16)
        if person.beard:
            chin = int(-34 * person.beard)
            blob(0, 0.68, person.wide * 0.75, 0.36, chin)
        for side in (-1, 1):
            blob(side * 0.38, 0.28, 0.22, 0.2, 16 + round(6 * pose.crease))
            # The hollow of the eye reaches up to the brow.
            high = 0.17 + 0.5 * max(0.0, pose.brow)
            blob(side * person.eyes, EYES + 0.12 - high, 0.28, high, -50)
            blob(side * 0.12, 0.12, 0.05, 0.22, -16)
        blob(0, 0.02, 0.065, 0.34, 18)
        blob(0, person.nose + 0.06, 0.17, 0.05, -30)
        blob(0, MOUTH + 0.2, 0.16, 0.05, -18)
        blob(0, 0.88, 0.16, 0.08, 10)
        if pose.crease > 0.05:
            self._creases(shade, pose)
        soft = cv2.GaussianBlur(
            shade[top:bottom, left:right],
            (0, 0),
            max(1.0, 0.06 * unit),
            hint=cv2.ALGO_HINT_ACCURATE,  # in integers
        )
        lit = cv2.LUT(cv2.merge([soft, soft, soft]), self._tones)
        mask = np.zeros((self._height, self._width), np.uint8)
        outline = self._points(self._outline())
        cv2.fillPoly(mask, [outline], 255, cv2.LINE_8, SHIFT)
        within = slice(top, bottom), slice(left, right)
        cv2.copyTo(lit, mask[within], image[within])

    def _creases(self, shade, pose: Pose) -> None:
        tone = FLAT - round(60 * min(1.0, pose.crease))
        width = max(1, round(0.05 * self._unit))
        corner = 0.27 * pose.width + 0.06
        for side in (-1, 1):
            fold = [
                (side * 0.2, 0.3), (side * (corner + 0.02), 0.42),
                (side * (corner + 0.05), MOUTH),
            ]  # fmt: skip
            lines = [_curve(fold)]
            if pose.slant < -0.02:
                lines.append([(side * 0.06, BROWS - 0.06), (side * 0.05, BROWS + 0.14)])
            for line in lines:
                corners = self._features(line)
                cv2.polylines(shade, [corners], False, tone, width, cv2.LINE_8, SHIFT)

    def _nose(self, image) -> None:
        tip = self._person.nose
        dark = self._skin * 45 // 100
        for side in (-1, 1):
            hole = _ellipse(side * 0.075, tip + 0.02, 0.035, 0.02)
            self._fill(image, self._features(hole), dark)
            wing = [
                (side * 0.13, tip - 0.07), (side * 0.165, tip - 0.01),
                (side * 0.12, tip + 0.03),
            ]  # fmt: skip
            self._line(
                image, self._features(_curve(wing)), self._skin * 68 // 100, 0.02
            )

    def _eye(self, image, side: int, pose: Pose) -> None:
        person = self._person
        x, y = side * person.eyes, EYES
        wide = 0.155 * person.eye_size
        above = 0.085 * person.eye_size * pose.lids
        below = 0.05 * person.eye_size * min(1.2, 0.4 + 0.6 * pose.lids)
        # Sad brows pull the outer corner down, frowns pull the inner one.
        lean = -0.25 * pose.slant * side
        upper = _bow(x, y, wide, -above, lean=lean)
        lower = _bow(x, y, wide, below, lean=lean)
        almond = np.concatenate([upper, lower[::-1]])
        corners = self._features(almond)
        if above > 0.02:
            box = cv2.boundingRect(corners >> SHIFT)
            left, top, across, along = (box[0] - 2, box[1] - 2, box[2] + 4, box[3] + 4)
            part = slice(top, top + along), slice(left, left + across)
            mask = np.zeros(image.shape[:2], np.uint8)
            cv2.fillPoly(mask, [corners], 255, cv2.LINE_AA, SHIFT)
            eye = image.copy()
            self._fill(eye, corners, self._white * 88 // 100)
            middle = (x + self._turn * 0.6, y - 0.01)
            for radius, colour in (
                (0.085, np.array(person.iris[::-1]) * 8 // 10),
                (0.042, np.array((12, 12, 12))),
            ):
                ring = _ellipse(*middle, radius, radius)
                self._fill(eye, self._features(ring), colour)
            glint = _ellipse(middle[0] - 0.03, middle[1] - 0.035, 0.016, 0.016)
            self._fill(eye, self._features(glint), (245, 245, 245))
            weight = mask[part].astype(np.uint16)[:, :, None]
            mixed = eye[part] * weight + image[part] * (255 - weight)
            image[part] = (mixed // 255).astype(np.uint8)
        lash = self._hair * 4 // 10
        self._line(image, self._features(upper), lash, 0.035)
        fold = _bow(x, y - 0.055, wide, -above - 0.01, lean=lean)
        self._line(image, self._features(fold), self._skin * 60 // 100, 0.012)
        self._line(image, self._features(lower), self._skin * 62 // 100, 0.012)

    def _brow(self, image, side: int, pose: Pose) -> None:
        person = self._person
        y = BROWS - pose.brow
        inner = (side * (0.12 + 0.02 * (pose.slant > -0.02)), y - pose.slant * 0.75)
        peak = (side * (person.eyes + 0.05), y - 0.06 + pose.slant * 0.05)
        outer = (side * (person.eyes + 0.22), y + 0.03 + pose.slant * 0.45)
        spine = _curve([inner, peak, outer])
        thick = person.brows * np.linspace(1.0, 0.25, len(spine))[:, None] * (0, 0.5)
        corners = np.concatenate([spine - thick, (spine + thick)[::-1]])
        colour = np.minimum(self._hair, self._skin // 2) * 8 // 10
        self._fill(image, self._features(corners), colour)

    def _mouth(self, image, pose: Pose) -> None:
        person = self._person
        wide = 0.27 * pose.width
        lips = 0.05 * person.lips
        y, gap = MOUTH, pose.mouth
        up = pose.corners
        red = (self._skin * (62, 62, 84) // 100) + (14, 8, 10)
        # The wider it opens for its width, the rounder it is.
        power = 1 - 0.5 * min(1.0, gap / wide)

        def lip(share: float, thick: float) -> np.ndarray:
            line = _bow(0, y - up, wide + 0.3 * abs(thick), up)
            return line + (_bow(0, 0, wide, share * gap + thick, power=power) * (0, 1))

        inner_top, inner_low = lip(-0.35, 0), lip(0.65, 0)
        outer_top, outer_low = lip(-0.35, -lips * 1.1), lip(0.65, lips * 1.5)
        outer = np.concatenate([outer_top, outer_low[::-1]])
        self._fill(image, self._features(outer), red)
        inside = np.concatenate([inner_top, inner_low[::-1]])
        if gap > 0.015:
            self._fill(image, self._features(inside), (34, 26, 52))
            tongue = np.concatenate([(inner_top + inner_low * 2) / 3, inner_low[::-1]])
            self._fill(
                image, self._features(tongue), self._skin * 2 // 5 + (44, 40, 86)
            )
            height = pose.teeth * 0.85
            edge = inner_top + (inner_low - inner_top) * height
            row = np.concatenate([inner_top[2:-2], edge[2:-2][::-1]])
            if pose.teeth > 0.08:
                self._fill(image, self._features(row), self._white)
        line = self._skin * 34 // 100
        self._line(image, self._features(inner_top), line, 0.02)
        if gap > 0.015:
            self._line(image, self._features(inner_low), line, 0.015)

    def _fringe(self, image) -> None:
        """Hair over the forehead, parted on one side."""
        wide, part = self._person.wide, 0.35 * self._person.parting
        low = -0.62
        crown = _ellipse(0, -0.28, wide * 1.13, 0.88)
        crown = crown[crown[:, 1] < -0.42]
        crown = crown[np.argsort(crown[:, 0])]
        hairline = _curve([
            (wide * 0.97, -0.3), (wide * 0.8, low), (part, low - 0.14),
            (-wide * 0.8, low), (-wide * 0.97, -0.3),
        ])  # fmt: skip
        corners = self._points(np.concatenate([crown, hairline]))
        self._fill(image, corners, self._hair)
        gloss = _ellipse(0, -0.28, wide * 0.9, 0.74)[[28, 29, 30, 31, 0, 1]]
        self._line(image, self._points(gloss), self._hair + 16, 0.035)


def _colour(values) -> tuple[int, int, int]:
    return tuple(int(min(255, max(0, value))) for value in values)


def _ellipse(x: float, y: float, wide: float, high: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 33)[:-1]
    return np.stack([x + wide * np.sin(angle), y - high * np.cos(angle)], 1)


def _bow(x, y, wide, rise, *, lean=0.0, power=1.0) -> np.ndarray:
    """An arc from corner to corner whose middle is `rise` below them.

    The power makes it a parabola (1) or half an ellipse (0.5).
    """
    way = -np.cos(np.linspace(0, np.pi, 17))
    sag = rise * (1 - way**2) ** power
    return np.stack([x + wide * way, y + sag + lean * wide * way], 1)


def _curve(points) -> np.ndarray:
    """A smooth line through points (Catmull-Rom)."""
    given = np.asarray(points, float)
    given = np.concatenate(
        [given[:1] * 2 - given[1:2], given, given[-1:] * 2 - given[-2:-1]]
    )
    way = np.linspace(0, 1, 7)[:-1, None]
    line = []
    for a, b, c, d in zip(given, given[1:], given[2:], given[3:], strict=False):
        line.append(
            b
            + 0.5 * way * (c - a)
            + way**2 * (a - 2.5 * b + 2 * c - 0.5 * d)
            + way**3 * (-0.5 * a + 1.5 * b - 1.5 * c + 0.5 * d)
        )
    return np.concatenate([*line, given[-2:-1]])


def _rounded(points) -> np.ndarray:
    return _curve(points)
