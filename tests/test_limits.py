import pytest

from corpus.problem import Problem
from experiments.recipe_file import load_recipe


@pytest.mark.parametrize(
    ("setting", "sentence"),
    [
        ("visual.training.batch=0", "visual.training.batch must be 1 or more, not 0"),
        ("audio.training.epochs=0", "audio.training.epochs must be 1 or more"),
        ("fusion.training.patience=-1", "fusion.training.patience must be 1 or more"),
        ("audio.training.learning_rate=nan", "learning_rate must be above 0, not nan"),
        (
            "audio.training.optimizer=lion",
            "optimizer must be 'adam' or 'adamax' or 'sgd'",
        ),
        ("audio.training.validation=base", "validation must be 'inner' or"),
        ("fusion.training.validation=stack", "'validation' or 'test', not 'stack'"),
        ("visual.training.validation_fraction=1", "between 0 and 1, not 1.0"),
        ("visual.units=[0, 100]", "visual.head: an LSTM head needs layers of 1 unit"),
        ("visual.dropout=[0.5]", "one dropout rate for each of its layers"),
        ("visual.dropout=[1.5, 0.5]", "visual.head: .* rates from 0 to below 1"),
        ("fusion.units=[]", "fusion.head: a dense head needs one dropout rate"),
        ("visual.fps=-3", "visual.fps must be 0 or more, not -3.0"),
        ("audio.settings.weights='x'", "weights stand in audio.weights"),
        ("audio.pooling=[]", "audio.pooling must be one or more of mean, std, max"),
        ("audio.pooling=['mean', 'mean']", "each once"),
        ("protocol.name=loso", "no protocol is called 'loso'; known: stratified"),
        ("protocol.ratios=[1, 1]", "the ratios must sum to 1 or to 100"),
        ("fusion.out_of_fold=1", "fusion.out_of_fold must be 2 folds or more, or 0"),
        ("fusion.says=logits", "fusion.says must be 'penultimate' or 'probabilities'"),
        ("protocol.ratios=[nan, 0.5, 0.5]", "not three positive shares"),
        ("corpus.reader=nix", "no reader is called 'nix'"),
        ("audio.head=forest", "stack on probabilities: fusion.says=probabilities"),
        ("audio.head_settings.trees=5", "dense head has no setting 'trees'"),
        ("fusion.head=lstm", "fed one vector a take, and a lstm head is not"),
        ("corpus.emotions=['anger']", "two emotions or more, each once"),
        ("corpus.emotions=['anger', 'angry']", "two emotions or more, each once"),
        ("corpus.vocal_channels=[]", "one or more, such as speech or song"),
    ],
)
def test_what_the_chain_cannot_work_with_is_refused(setting, sentence):
    with pytest.raises(Problem, match=sentence) as said:
        load_recipe("demo", settings=[setting])
    assert str(said.value).startswith("the settings given: ")


def test_the_file_is_named_where_the_value_stands_in_it(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('[audio]\nbackbone = "x.y"\nunits = [0]\ndropout = [0.5]\n')
    with pytest.raises(Problem, match=r"mine.toml: audio.head: a dense head"):
        load_recipe(str(path))


def test_other_names_of_emotions_become_ours():
    recipe = load_recipe("demo", settings=["corpus.emotions=['angry', 'sad']"])
    assert recipe.corpus.emotions == ("anger", "sadness")
