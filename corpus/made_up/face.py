"""Draw a talking head: shaded enough for a Haar cascade, plain enough to be quick.

All drawing and blending is in integers, so that a picture is the same wherever it
is drawn.
"""

import dataclasses

import cv2
import numpy as np

from corpus.made_up.canvas import Canvas, bow, curve, ellipse
from corpus.made_up.cast import Speaker
from corpus.made_up.motion import Pose

__all__ = ["Portrait"]

HEAD = 0.335  # half height of a head, of the picture's height
MIDDLE = 0.47  # height of the middle of the face, from the top

# Where things are, in half heights of the head from the middle of the face.
EYES, BROWS, MOUTH = -0.10, -0.28, 0.58

# Light is drawn as a grey picture: FLAT leaves the skin its colour.
FLAT, EDGE = 128, 84
SOFT = 0.06  # how far light fades, in half heights of the head


class Portrait:
    """A speaker who can be drawn in any pose.

    Args:
        person: Who.
        size: Width and height of the picture, in pixels.
    """

    def __init__(self, person: Speaker, *, size: tuple[int, int]):
        self._person = person
        self._width, self._height = size
        self._unit = HEAD * min(self._height, 0.75 * self._width)
        self._skin = np.array(person.skin[::-1], int)
        self._hair = np.array(person.hair[::-1], int)
        # Eyes and teeth are lit like the skin beside them.
        self._white = np.array((118, 124, 126)) + self._skin * 36 // 100
        self._tones = self._skin_by_light()
        self._stage = self._backdrop()

    def picture(self, pose: Pose) -> np.ndarray:
        """Draw one frame; shape (height, width, 3), uint8, blue-green-red."""
        canvas = Canvas(
            self._stage.copy(),
            self._unit,
            x=self._width / 2 + pose.x * self._unit,
            y=MIDDLE * self._height + pose.y * self._unit,
            tilt=pose.tilt,
            slide=(pose.turn, pose.nod),
        )
        self._draw_back_of_head(canvas)
        self._draw_skin(canvas, pose)
        self._draw_nose(canvas)
        for side in (-1, 1):
            self._draw_eye(canvas, side, pose)
            self._draw_brow(canvas, side, pose)
        self._draw_mouth(canvas, pose)
        self._draw_fringe(canvas)
        return canvas.image

    def _backdrop(self) -> np.ndarray:
        """Draw a light wall, the shoulders and the neck: what does not move."""
        height, width = self._height, self._width
        rows = np.linspace(232, 206, height).astype(np.uint8)[:, None, None]
        wall = np.broadcast_to(rows, (height, width, 3)).copy()
        canvas = Canvas(wall, self._unit, x=width / 2, y=MIDDLE * height)
        shirt = np.array(self._person.shirt[::-1], int)
        shoulders = [
            (-2.0, 2.4), (-1.75, 1.55), (-1.3, 1.28), (-0.45, 1.08), (0.45, 1.08),
            (1.3, 1.28), (1.75, 1.55), (2.0, 2.4),
        ]  # fmt: skip
        canvas.fill(curve(shoulders), shirt)
        neck = [(-0.4, 0.5), (0.4, 0.5), (0.44, 1.1), (0.0, 1.42), (-0.44, 1.1)]
        canvas.fill(neck, self._skin * 66 // 100)
        collar = [(-0.47, 1.09), (-0.2, 1.3), (0.0, 1.43), (0.2, 1.3), (0.47, 1.09)]
        canvas.line(collar, shirt * 7 // 10, 0.05)
        return canvas.image

    # The head.

    def _draw_back_of_head(self, canvas: Canvas) -> None:
        wide = self._person.wide
        top = ellipse(0, -0.25, wide * 1.14, 0.92)
        canvas.fill(top, self._hair, slides=False)
        if not self._person.long_hair:
            for side in (-1, 1):
                ear = ellipse(side * wide * 1.02, 0.02, 0.1, 0.2)
                canvas.fill(ear, self._skin * 88 // 100, slides=False)
            return
        right = [
            (wide * 0.7, 1.2), (wide * 1.3, 1.0), (wide * 1.28, 0.3), (wide * 1.1, -0.4)
        ]  # fmt: skip
        left = [(-x, y) for x, y in reversed(right)]
        canvas.fill(curve(left + right), self._hair * 85 // 100, slides=False)
        neck = [(-0.38, 0.5), (0.38, 0.5), (0.42, 1.14), (0.0, 1.4), (-0.42, 1.14)]
        canvas.fill(neck, self._skin * 62 // 100, slides=False)

    def _draw_fringe(self, canvas: Canvas) -> None:
        """Draw hair over the forehead, parted on one side."""
        wide, part = self._person.wide, 0.35 * self._person.parting
        crown = ellipse(0, -0.28, wide * 1.13, 0.88)
        crown = crown[crown[:, 1] < -0.42]
        crown = crown[np.argsort(crown[:, 0])]
        hairline = curve([
            (wide * 0.97, -0.3), (wide * 0.8, -0.62), (part, -0.76),
            (-wide * 0.8, -0.62), (-wide * 0.97, -0.3),
        ])  # fmt: skip
        hair = np.concatenate([crown, hairline])
        canvas.fill(hair, self._hair, slides=False)
        gloss = ellipse(0, -0.28, wide * 0.9, 0.74)[[28, 29, 30, 31, 0, 1]]
        canvas.line(gloss, self._hair + 16, 0.035, slides=False)

    def _outline(self, pose: Pose, *, inset: float = 0.0) -> np.ndarray:
        """Return the edge of the face, narrower towards the chin."""
        angle = np.linspace(0, 2 * np.pi, 49)[:-1]
        y = -np.cos(angle)
        narrow = 1 - self._person.jaw * np.clip(y, 0, 1) ** 2
        cheeks = 1 + 0.1 * np.clip(1 - ((y - 0.3) / 0.6) ** 2, 0, 1)
        x = self._person.wide * np.sin(angle) * narrow * cheeks
        x, y = x * (1 - inset), y * (1 - inset)
        y = y + 0.3 * pose.mouth * np.clip(y, 0, 1)  # the chin falls with the jaw
        return np.stack([x, y], 1)

    # The skin and its light.

    def _skin_by_light(self) -> np.ndarray:
        """Return the colour of the skin for each grey of the light; (1, 256, 3)."""
        light = np.arange(256)[:, None]
        # Dark skin shows its forms by what it mirrors.
        sheen = np.maximum(light - FLAT, 0) * (255 - int(self._skin.mean())) // 160
        tones = self._skin * light // FLAT + sheen
        return np.minimum(tones, 255).astype(np.uint8)[None]

    def _draw_skin(self, canvas: Canvas, pose: Pose) -> None:
        outline = self._outline(pose)
        canvas.fill(outline, self._tones[0, EDGE], slides=False)
        reach = round(1.35 * self._unit)
        left, top = max(0, round(canvas.x) - reach), max(0, round(canvas.y) - reach)
        box = slice(top, top + 2 * reach), slice(left, left + 2 * reach)
        light = cv2.GaussianBlur(
            self._light(canvas, pose)[box],
            (0, 0),
            SOFT * self._unit,
            hint=cv2.ALGO_HINT_ACCURATE,  # in integers
        )
        lit = cv2.LUT(cv2.merge([light, light, light]), self._tones)
        mask = canvas.mask(outline, slides=False, soft=False)
        cv2.copyTo(lit, mask[box], canvas.image[box])

    def _light(self, canvas: Canvas, pose: Pose) -> np.ndarray:
        """Draw the light, from above: forehead, nose and cheeks against hollows."""
        person = self._person
        blank = np.full((self._height, self._width), EDGE, np.uint8)
        light = dataclasses.replace(canvas, image=blank)
        light.fill(self._outline(pose, inset=0.1), FLAT, slides=False)

        def add(x: float, y: float, wide: float, high: float, tone: float) -> None:
            light.fill(ellipse(x, y, wide, high), FLAT + round(tone))

        add(0, -0.62, 0.5, 0.26, 16)
        if person.beard:
            add(0, 0.68, person.wide * 0.75, 0.36, -34 * person.beard)
        for side in (-1, 1):
            add(side * 0.38, 0.28, 0.22, 0.2, 16 + 6 * pose.crease)
            # The hollow of the eye reaches up to the brow.
            high = 0.17 + 0.5 * max(0.0, pose.brow)
            add(side * person.eyes, EYES + 0.12 - high, 0.28, high, -50)
            add(side * 0.12, 0.12, 0.05, 0.22, -16)
        add(0, 0.02, 0.065, 0.34, 18)
        add(0, person.nose + 0.06, 0.17, 0.05, -30)
        add(0, MOUTH + 0.2, 0.16, 0.05, -18)
        add(0, 0.88, 0.16, 0.08, 10)
        if pose.crease > 0.05:
            self._add_creases(light, pose)
        return light.image

    def _add_creases(self, light: Canvas, pose: Pose) -> None:
        """Draw the folds beside the nose, and in a frown those between the brows."""
        tone = FLAT - round(60 * min(1.0, pose.crease))
        corner = 0.29 * pose.width + 0.06
        for side in (-1, 1):
            fold = [
                (side * 0.2, 0.3), (side * (corner + 0.02), 0.42),
                (side * (corner + 0.05), MOUTH),
            ]  # fmt: skip
            light.line(curve(fold), tone, 0.05)
            if pose.slant < -0.02:
                frown = [(side * 0.06, BROWS - 0.06), (side * 0.05, BROWS + 0.14)]
                light.line(frown, tone, 0.05)

    # The features.

    def _draw_nose(self, canvas: Canvas) -> None:
        tip = self._person.nose
        for side in (-1, 1):
            hole = ellipse(side * 0.075, tip + 0.02, 0.035, 0.02)
            canvas.fill(hole, self._skin * 45 // 100)
            wing = [
                (side * 0.13, tip - 0.07), (side * 0.165, tip - 0.01),
                (side * 0.12, tip + 0.03),
            ]  # fmt: skip
            canvas.line(curve(wing), self._skin * 68 // 100, 0.02)

    def _draw_eye(self, canvas: Canvas, side: int, pose: Pose) -> None:
        size = self._person.eye_size
        x, y, wide = side * self._person.eyes, EYES, 0.155 * size
        above = 0.085 * size * pose.lids
        below = 0.05 * size * min(1.2, 0.4 + 0.6 * pose.lids)
        # Sad brows pull the outer corner down, frowns pull the inner one.
        lean = -0.25 * pose.slant * side
        upper = bow(x, y, wide, -above, lean=lean)
        lower = bow(x, y, wide, below, lean=lean)
        if above > 0.02:
            almond = np.concatenate([upper, lower[::-1]])
            self._draw_eyeball(canvas, almond, x + 0.6 * pose.turn, y - 0.01)
        fold = bow(x, y - 0.055, wide, -above - 0.01, lean=lean)
        canvas.line(upper, self._hair * 4 // 10, 0.035)
        canvas.line(fold, self._skin * 60 // 100, 0.012)
        canvas.line(lower, self._skin * 62 // 100, 0.012)

    def _draw_eyeball(self, canvas: Canvas, almond, x: float, y: float) -> None:
        """Draw white, iris and pupil, seen through the almond of the lids."""
        eye = dataclasses.replace(canvas, image=canvas.image.copy())
        eye.fill(almond, self._white * 88 // 100)
        eye.fill(ellipse(x, y, 0.085, 0.085), np.array(self._person.iris[::-1]) * 0.8)
        eye.fill(ellipse(x, y, 0.042, 0.042), (12, 12, 12))
        eye.fill(ellipse(x - 0.03, y - 0.035, 0.016, 0.016), (245, 245, 245))
        mask = canvas.mask(almond)
        left, top, wide, high = cv2.boundingRect(mask)
        box = slice(top, top + high), slice(left, left + wide)
        weight = mask[box].astype(np.uint16)[:, :, None]
        mixed = eye.image[box] * weight + canvas.image[box] * (255 - weight)
        canvas.image[box] = (mixed // 255).astype(np.uint8)

    def _draw_brow(self, canvas: Canvas, side: int, pose: Pose) -> None:
        eye, y = self._person.eyes, BROWS - pose.brow
        inner = (side * (0.14 if pose.slant > -0.02 else 0.12), y - pose.slant * 0.75)
        peak = (side * (eye + 0.05), y - 0.06 + pose.slant * 0.05)
        outer = (side * (eye + 0.22), y + 0.03 + pose.slant * 0.45)
        spine = curve([inner, peak, outer])
        thick = 0.5 * self._person.brows * np.linspace(1.0, 0.25, len(spine))
        thick = np.stack([np.zeros_like(thick), thick], 1)
        hairs = np.concatenate([spine - thick, (spine + thick)[::-1]])
        canvas.fill(hairs, np.minimum(self._hair, self._skin // 2) * 8 // 10)

    def _draw_mouth(self, canvas: Canvas, pose: Pose) -> None:
        wide, gap = 0.29 * pose.width, pose.mouth
        lips = 0.05 * self._person.lips
        # The wider it opens for its width, the rounder it is.
        power = 1 - 0.5 * min(1.0, gap / wide)

        def lip(share: float, thick: float) -> np.ndarray:
            smile = bow(0, MOUTH - pose.corners, wide + 0.3 * abs(thick), pose.corners)
            opening = bow(0, 0, wide, share * gap + thick, power=power)
            return smile + opening * (0, 1)

        inner_top, inner_low = lip(-0.35, 0), lip(0.65, 0)
        outer_top, outer_low = lip(-0.35, -lips * 1.1), lip(0.65, lips * 1.5)
        red = self._skin * (62, 62, 84) // 100 + (14, 8, 10)
        canvas.fill(np.concatenate([outer_top, outer_low[::-1]]), red)
        dark = self._skin * 34 // 100
        if gap > 0.015:
            inside = np.concatenate([inner_top, inner_low[::-1]])
            canvas.fill(inside, (34, 26, 52))
            tongue = np.concatenate([(inner_top + inner_low * 2) / 3, inner_low[::-1]])
            canvas.fill(tongue, self._skin * 2 // 5 + (44, 40, 86))
            if pose.teeth > 0.08:
                edge = inner_top + (inner_low - inner_top) * 0.85 * pose.teeth
                row = np.concatenate([inner_top[2:-2], edge[2:-2][::-1]])
                canvas.fill(row, self._white)
            canvas.line(inner_low, dark, 0.015)
        canvas.line(inner_top, dark, 0.02)
