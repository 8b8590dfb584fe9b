"""Lessons cut into tasks: what waits for what, and what a failure ends."""

from types import SimpleNamespace

import pytest

from experiments import teaching
from experiments.recipe_file import load_recipe
from experiments.teaching import Taught

BASE = ["audio", "visual", "audio_base_stack", "visual_base_stack"]


def assignment(recipe="thesis"):
    return SimpleNamespace(run=SimpleNamespace(recipe=load_recipe(recipe)))


def taught(count, teacher):
    """Return the outcomes of some lessons, and the tasks done, in this process."""
    done = []

    def noted(task):
        done.append((task.number, task.system))
        return teacher(task)

    lessons = [assignment() for _ in range(count)]
    return teaching._teach(noted, lessons, workers=0), done


def a_second_each(task):
    stage = "train base" if task.system else "predict"
    return Taught(predictions=None, seconds={stage: 1.0})


def test_each_lesson_is_ended_as_soon_as_its_base_classifiers_are():
    outcomes, done = taught(2, a_second_each)
    assert done == [(n, system) for n in (0, 1) for system in [*BASE, None]]
    for outcome in outcomes:
        assert outcome.seconds == {"train base": 4.0, "predict": 1.0}


@pytest.mark.parametrize("system", [*BASE, None])
def test_what_fails_ends_its_lesson_alone(system):
    def teacher(task):
        if (task.number, task.system) == (1, system):
            raise ValueError(system)
        return a_second_each(task)

    outcomes, done = taught(3, teacher)
    first, second, third = outcomes
    assert isinstance(first, Taught) and isinstance(third, Taught)
    assert isinstance(second, ValueError) and second.args == (system,)
    assert [name for number, name in done if number == 1][-1] == system


def test_side_by_side_what_learns_from_most_sequences_comes_first():
    order = teaching._systems(assignment(), longest_first=True)
    assert order[:2] == ["visual_base_stack", "visual"]
    assert sorted(order) == sorted(BASE)
    assert teaching._systems(assignment(), longest_first=False) == BASE
