import pytest

from corpus.problem import Problem
from experiments.ablation.tuning import check_tunable, search, settings_of
from experiments.recipe import Branch
from experiments.recipe_file import load_recipe


def test_it_finds_the_best_of_what_it_tries():
    def loss(branch):
        asked.append(branch)
        rate = branch.training.learning_rate
        return abs(rate - 0.003) * 100 + branch.dropout[0] + branch.units[0] / 1000

    asked = []
    best, tried = search(Branch(), loss)
    assert settings_of(best) == {
        "learning_rate": 0.003,
        "dropout": [0.2, 0.2],
        "units": [256, 128],
    }
    assert [one.branch for one in tried] == asked
    assert len(asked) == len(set(map(repr, asked))) == 5  # none twice
    assert asked[0] == Branch()


def test_the_recipes_own_settings_stay_where_nothing_is_better():
    best, tried = search(Branch(), lambda branch: 1.0)
    assert best == Branch() and len(tried) == 5


def test_what_is_scored_may_not_choose():
    check_tunable(load_recipe("thesis"), ["dense"])
    with pytest.raises(Problem, match="by the test part"):
        check_tunable(load_recipe("thesis", profile="paper"), ["dense"])
