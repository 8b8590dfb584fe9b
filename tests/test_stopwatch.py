import time

import pytest

from corpus.stopwatch import Spent, add, spending, taken, timed


@pytest.fixture(autouse=True)
def anew():
    taken()


def test_stages_are_summed_and_an_account_begins_anew():
    for _ in range(2):
        with spending("sleep"):
            time.sleep(0.02)
    with pytest.raises(ZeroDivisionError), spending("work"):
        1 / 0  # noqa: B018
    account = taken()
    assert account.keys() == {"sleep", "work"}
    assert account["sleep"].wall >= 0.04 > account["sleep"].processor
    assert taken() == {}


def test_the_work_of_an_iterable_is_told_from_that_of_its_user():
    def slow():
        for number in range(3):
            time.sleep(0.01)
            yield number

    numbers = []
    for number in timed(slow(), "make"):
        time.sleep(0.05)
        numbers.append(number)
    assert numbers == [0, 1, 2]
    assert 0.03 <= taken()["make"].wall < 0.15


def test_accounts_are_added():
    total = {"embed": Spent(1.0, 2.0)}
    add(total, {"embed": Spent(0.5, 0.5), "wait": Spent(3.0, 0.0)})
    assert total == {"embed": Spent(1.5, 2.5), "wait": Spent(3.0, 0.0)}
