"""What a protocol costs: differences between protocols, over speakers and seeds."""

import numpy as np
import pandas as pd

from evaluation.price import price


def rows(accuracy, *, speakers=range(24), seeds=range(3), takes=20, draw=0):
    """Return predictions that are right as often as said, and who performs a take."""
    rng = np.random.default_rng(draw)
    table = pd.DataFrame(
        [
            (f"{speaker}-{take}", seed)
            for seed in seeds
            for speaker in speakers
            for take in range(takes)
        ],
        columns=["take", "seed"],
    )
    right = rng.random(len(table)) < accuracy
    table = table.assign(true="anger", predicted=np.where(right, "anger", "fear"))
    return table, {take: take.split("-")[0] for take in table["take"]}


def test_what_both_protocols_give_costs_nothing():
    (one, speakers), (two, _) = rows(0.6), rows(0.6, draw=1)
    found = price(two, one, speakers=speakers)
    low, high = found["interval"]
    assert low < 0 < high
    assert found["p"] > 0.05
    assert abs(found["mean"]) < 0.05


def test_a_large_loss_is_seen_though_other_takes_were_tested():
    (one, speakers) = rows(0.8)
    # Other speakers in every seed, as under `speakers`.
    parts = [rows(0.5, speakers=range(4 * s, 4 * s + 4), seeds=[s])[0] for s in (0, 1)]
    found = price(pd.concat(parts), one, speakers=speakers)
    low, high = found["interval"]
    assert low < found["mean"] < high < -0.1
    assert found["p"] < 0.01


def test_the_mean_is_over_seeds_and_turns_its_sign_with_the_sides():
    (one, speakers), (two, _) = rows(0.7), rows(0.4, draw=1)
    found = price(two, one, speakers=speakers)
    by_hand = [
        (table["true"] == table["predicted"]).groupby(table["seed"]).mean().mean()
        for table in (two, one)
    ]
    assert np.isclose(found["mean"], by_hand[0] - by_hand[1])
    back = price(one, two, speakers=speakers)
    assert np.isclose(back["mean"], -found["mean"])


def test_people_who_differ_widen_the_interval():
    one, speakers = rows(0.6)
    lucky = one.assign(
        predicted=np.where(one["take"].map(speakers).astype(int) < 12, "anger", "fear")
    )
    by_people = price(lucky, one, speakers=speakers)["interval"]
    by_takes = price(lucky, one)["interval"]
    assert np.ptp(by_people) > 2 * np.ptp(by_takes)


def test_the_same_predictions_always_give_the_same_interval():
    (one, speakers), (two, _) = rows(0.7), rows(0.4, draw=1)
    found = price(two, one, speakers=speakers)
    assert price(two, one, speakers=speakers) == found
    shuffled = two.sample(frac=1, random_state=1)
    assert price(shuffled, one, speakers=speakers) == found
