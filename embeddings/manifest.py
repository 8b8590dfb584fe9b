"""The pretrained weights known by name: where they come from, and on what terms."""

import dataclasses
from collections.abc import Mapping

__all__ = ["MANIFEST", "Entry"]


@dataclasses.dataclass(frozen=True, kw_only=True)
class Entry:
    """One set of pretrained weights.

    Attributes:
        title: What it is, for sentences to the user.
        file: Name of the official file.
        url: Its official address.
        md5: Its published MD5, or None where none is published.
        licence: Terms of use.
        citation: What to cite.
        also: Other file names under which the same network goes about, best first.
        hub: Its address on TF-Hub, whose cache may hold it as a SavedModel.
        kaggle: Its folder in kagglehub's cache, TF-Hub's heir.
    """

    title: str
    file: str
    url: str
    md5: str | None
    licence: str
    citation: str
    also: tuple[str, ...] = ()
    hub: str | None = None
    kaggle: str | None = None


_VGGISH = Entry(
    title="VGGish",
    file="vggish_model.ckpt",
    url="https://storage.googleapis.com/audioset/vggish_model.ckpt",
    md5=None,
    licence="Apache-2.0 (the code's; the file itself names none)",
    citation="Hershey et al., CNN Architectures for Large-Scale Audio "
    "Classification, ICASSP 2017",
    also=("vggish.npz", "vggish_audioset_weights.h5"),
    hub="https://tfhub.dev/google/vggish/1",
    kaggle="google/vggish/tensorFlow2/vggish/1",
)

MANIFEST: Mapping[str, Entry] = {
    "vggish": _VGGISH,
    # The thesis' network ends at the last pooling, so files without the dense layers
    # (those of the Keras port it used) will do.
    "vggish_conv": dataclasses.replace(
        _VGGISH,
        also=(*_VGGISH.also, "vggish_audioset_weights_without_fc2.h5"),
    ),
    "vggish_pca": Entry(
        title="VGGish's PCA parameters",
        file="vggish_pca_params.npz",
        url="https://storage.googleapis.com/audioset/vggish_pca_params.npz",
        md5=None,
        licence=_VGGISH.licence,
        citation=_VGGISH.citation,
    ),
    "vgg16_notop": Entry(
        title="VGG16 (ImageNet, without its top)",
        file="vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        url="https://storage.googleapis.com/tensorflow/keras-applications/vgg16/"
        "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5",
        md5="6d6bbae143d832006294945121d1f1fc",
        licence="CC BY 4.0 (Visual Geometry Group, Oxford)",
        citation="Simonyan & Zisserman, Very Deep Convolutional Networks for "
        "Large-Scale Image Recognition, ICLR 2015",
        also=("vgg16_notop.npz",),
    ),
}
