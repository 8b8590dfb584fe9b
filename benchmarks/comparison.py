"""Ways of the same work on the same files, measured in turn."""

import functools

from benchmarks.appendix import AppendixPicture, AppendixSound
from benchmarks.clock import Clock
from benchmarks.deviation import deviation
from benchmarks.floor import Floor, Products, decoded, heard, operations
from benchmarks.ours import EXACT, FASTEST, peered, ways
from corpus.stopwatch import taken

__all__ = ["APPENDIX", "compare"]

APPENDIX, DECODING = "appendix", "floor: decoding"
FLOORS = {
    "floor: decoding, products in float32": "float32",
    "floor: decoding, products in bfloat16": "bfloat16",
}
TITLES = {
    "visual": "mp4 to a VGG16 sequence (48x48, 512 numbers a frame)",
    "audio": "wav to VGGish (496x64, 512 numbers a take)",
}


@functools.cache
def network(modality):
    """Return the network of a modality as the appendix builds it, with any weights."""
    import keras

    if modality == "visual":
        return keras.applications.VGG16(
            include_top=False, input_shape=(48, 48, 3), pooling="avg", weights=None
        )
    from vggish_features.network import build_conv

    return build_conv((496, 64, 1), pooling="max", precision="float32")


@functools.cache
def products(precision):
    """Return this machine's fastest products, found once."""
    return Products(precision)


@functools.cache
def ours(modality):
    """Return our ways, their networks built once."""
    return ways(modality)


def compare(modality, takes, *, rounds, labels=None, peers=()):
    """Measure all ways in turn, each round in the same order.

    Args:
        modality: "visual" or "audio".
        takes: What all of them work on.
        rounds: How often; what comes before, on one take, is not measured.
        labels: Of our ways; all by default.
        peers: Other packages, see `benchmarks.peers`.

    Returns:
        Seconds, ratios to the appendix and to the floor, stages, deviations, and how
        many examples there were; plain values.
    """
    appendix = {"visual": AppendixPicture, "audio": AppendixSound}[modality]
    alone = {"visual": decoded, "audio": heard}[modality]
    flops = operations(network(modality))
    mine = {
        label: way
        for label, way in ours(modality).items()
        if labels is None or label in (*labels, EXACT, FASTEST)
    }
    alike = peered(modality) if peers else {}
    all_ways = {
        APPENDIX: appendix(network(modality)),
        **mine,
        **alike,
        DECODING: Floor(alone),
        **{
            label: Floor(alone, products(precision), flops)
            for label, precision in FLOORS.items()
        },
    }
    work = {label: functools.partial(way, takes) for label, way in all_ways.items()}
    work[APPENDIX] = functools.partial(
        all_ways[APPENDIX], [take.file for take in takes]
    )
    clock, stages = Clock(), {}
    for label, way in all_ways.items():  # networks are built and traced, pages read
        way([takes[0].file] if label == APPENDIX else takes[:1])
    for peer in peers:
        peer(takes[:1])
    for _ in range(rounds):
        for label, do in work.items():
            taken()
            clock.measure(label, do)
            if label == APPENDIX:
                spent = taken().items()
                stages[label] = {name: row.processor for name, row in spent}
            elif label in mine:
                stages[label] = mine[label].stages()
        for peer in peers:
            said = clock.measure(peer.label, functools.partial(peer, takes))
            # It is another process, and lives on.
            clock.taken[peer.label][-1]["cpu"] = said["cpu"]
    frames = all_ways[DECODING](takes)
    lowest = list(FLOORS)[-1]
    others = [label for label in clock.taken if label != APPENDIX]
    return {
        "what": TITLES[modality],
        "modality": modality,
        "takes": len(takes),
        "examples": frames,
        "rounds": rounds,
        "seconds": clock.seconds(),
        "ratios": {label: clock.ratios(APPENDIX, label) for label in others},
        "to the floor": clock.ratios(lowest, FASTEST),
        "to peers": {
            f"{peer.label}, against {way}": clock.ratios(peer.label, way)
            for peer in peers
            for way in alike or (EXACT, FASTEST)
        },
        "stages": stages,
        "deviation": {
            label: deviation(mine[EXACT], way) for label, way in mine.items()
        },
    }


def peaks():
    """Return the measured products, in additions and multiplications a second."""
    return {precision: products(precision).rate for precision in FLOORS.values()}
