"""The pretrained weights known by name: where they come from, and on what terms.

Hashes and sizes are those of the owners where they publish any (for Keras' files:
`keras.applications`' own source); what only others noted of an official file is kept
apart, and never a reason to refuse one.
"""

import dataclasses
from collections.abc import Mapping

from embeddings.weights.entry import Entry

__all__ = ["MANIFEST"]


AUDIOSET = "https://storage.googleapis.com/audioset/"
KERAS = "https://storage.googleapis.com/tensorflow/keras-applications/"
# Where Keras' files were before, and still are.
CHOLLET = "https://github.com/fchollet/deep-learning-models/releases/download/"
KERAS_TEAM = "https://github.com/keras-team/keras-applications/releases/download/"

HDF5 = "Keras weights (HDF5)"
CODE_LICENCE = "Apache-2.0 (the code's; the file itself names none)"
TF_NOTOP = "weights_tf_dim_ordering_tf_kernels_notop.h5"

_VGGISH = Entry(
    title="VGGish",
    file="vggish_model.ckpt",
    urls=(f"{AUDIOSET}vggish_model.ckpt",),
    layout="TensorFlow checkpoint (V1)",
    noted="0962b1914e3e053922d957c45bc84a78c985765641dc6bceeeb3a7d8dfecfdf6",
    licence=CODE_LICENCE,
    citation="Hershey et al., CNN Architectures for Large-Scale Audio "
    "Classification, ICASSP 2017",
    also=("vggish.npz", "vggish_audioset_weights.h5"),
    hub="https://tfhub.dev/google/vggish/1",
    kaggle="google/vggish/tensorFlow2/vggish/1",
)

_SOUND = {
    "vggish": _VGGISH,
    # The thesis' network ends at the last pooling, so files without the dense layers
    # (those of the Keras port it used) will do.
    "vggish_conv": dataclasses.replace(
        _VGGISH,
        title="VGGish's convolutions",
        also=(*_VGGISH.also, "vggish_audioset_weights_without_fc2.h5"),
    ),
    "vggish_pca": Entry(
        title="VGGish's PCA parameters",
        file="vggish_pca_params.npz",
        urls=(f"{AUDIOSET}vggish_pca_params.npz",),
        layout="NumPy arrays (npz)",
        noted="4d878af3e306defbfb37095365aa7e5a6cecb86bad13e859e626151c4e6a8b9d",
        size=73_020,
        licence=CODE_LICENCE,
        citation=_VGGISH.citation,
    ),
    "yamnet": Entry(
        title="YAMNet",
        file="yamnet.h5",
        urls=(f"{AUDIOSET}yamnet.h5",),
        layout=HDF5,
        noted="13c3308955bbfaef262f175ac9c40e47b134573a93984f009220dd7cc12a1744",
        size=15_296_092,
        licence=CODE_LICENCE,
        citation="Plakal & Ellis, YAMNet, 2020 (tensorflow/models, "
        "research/audioset/yamnet); Howard et al., MobileNets, arXiv:1704.04861, 2017",
        also=(
            "yamnet.tflite",
            "lite-model_yamnet_classification_tflite_1.tflite",
            "yamnet.npz",
        ),
        known={
            "10c95ea3eb9a7bb4cb8bddf6feb023250381008177ac162ce169694d05c317de": (
                "TF-Hub's lite-model yamnet/classification/tflite/1, as MediaPipe's "
                "third_party/external_files.bzl publishes it"
            ),
            "4d8b4a53282dc83ef04e3e7dbc4fbc98082e34e44ed798e16c3a0cdd4c584faf": (
                "MediaPipe's audio_classifier/yamnet/float32/1, as others noted it"
            ),
        },
        hub="https://tfhub.dev/google/yamnet/1",
        kaggle="google/yamnet/tensorFlow2/yamnet/1",
    ),
}


def _imagenet(
    title: str,
    file: str,
    *urls: str,
    size: int,
    licence: str,
    citation: str,
    md5: str | None = None,
    sha256: str | None = None,
    noted: str | None = None,
    also: tuple[str, ...] = (),
) -> Entry:
    """Return the entry of one of Keras' files; urls in "/" lack only its name."""
    return Entry(
        title=f"{title} (ImageNet)",
        file=file,
        urls=tuple(url + file if url.endswith("/") else url for url in urls),
        layout=HDF5,
        md5=md5,
        sha256=sha256,
        noted=noted,
        size=size,
        licence=licence,
        citation=citation,
        also=also,
    )


_VGG = {
    "licence": "CC BY 4.0 (Visual Geometry Group, Oxford)",
    "citation": "Simonyan & Zisserman, Very Deep Convolutional Networks for "
    "Large-Scale Image Recognition, ICLR 2015",
}
_MOBILENET_V3 = {
    "licence": "Apache-2.0",
    "citation": "Howard et al., Searching for MobileNetV3, ICCV 2019",
}

_KERAS_APPLICATIONS = {
    "vgg16_notop": _imagenet(
        "VGG16",
        f"vgg16_{TF_NOTOP}",
        f"{KERAS}vgg16/",
        f"{CHOLLET}v0.1/",
        md5="6d6bbae143d832006294945121d1f1fc",
        size=58_889_256,
        also=("vgg16_notop.npz",),
        **_VGG,
    ),
    "vgg16top": _imagenet(
        "VGG16 with its dense layers",
        "vgg16_weights_tf_dim_ordering_tf_kernels.h5",
        f"{KERAS}vgg16/",
        f"{CHOLLET}v0.1/",
        md5="64373286793e3c8b2b4e3219cbf3544b",
        size=553_467_096,
        **_VGG,
    ),
    "vgg19_notop": _imagenet(
        "VGG19",
        f"vgg19_{TF_NOTOP}",
        f"{KERAS}vgg19/",
        f"{CHOLLET}v0.1/",
        md5="253f8cb515780f3b799900260a226db6",
        size=80_134_624,
        **_VGG,
    ),
    "resnet50_notop": _imagenet(
        "ResNet50",
        f"resnet50_{TF_NOTOP}",
        f"{KERAS}resnet/",
        f"{KERAS_TEAM}resnet/",
        md5="4d473c1dd8becc155b73f8504c6f6626",
        size=94_765_736,
        licence="MIT (Kaiming He)",
        citation="He et al., Deep Residual Learning for Image Recognition, CVPR 2016",
    ),
    "resnet50v2_notop": _imagenet(
        "ResNet50V2",
        f"resnet50v2_{TF_NOTOP}",
        f"{KERAS}resnet/",
        f"{KERAS_TEAM}resnet/",
        md5="fac2f116257151a9d068a22e544a4917",
        size=94_668_760,
        licence="Apache-2.0 (Keras')",
        citation="He et al., Identity Mappings in Deep Residual Networks, ECCV 2016",
    ),
    "mobilenetv2_notop": _imagenet(
        "MobileNetV2",
        "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_1.0_224_no_top.h5",
        f"{KERAS}mobilenet_v2/",
        "https://github.com/JonathanCMitchell/mobilenet_v2_keras/releases/download/v1.1/",
        noted="f8aff69536bd77a692c594f559c798c19bf7f3f36668fc9fa00b21c6aab4797c",
        size=9_406_464,
        licence="Apache-2.0",
        citation="Sandler et al., MobileNetV2: Inverted Residuals and Linear "
        "Bottlenecks, CVPR 2018",
    ),
    "mobilenetv3small_notop": _imagenet(
        "MobileNetV3Small",
        "weights_mobilenet_v3_small_224_1.0_float_no_top_v2.h5",
        f"{KERAS}mobilenet_v3/",
        md5="d3e8ec802a04aa4fc771ee12a9a9b836",
        size=4_334_752,
        **_MOBILENET_V3,
    ),
    "mobilenetv3large_notop": _imagenet(
        "MobileNetV3Large",
        "weights_mobilenet_v3_large_224_1.0_float_no_top_v2.h5",
        f"{KERAS}mobilenet_v3/",
        md5="07fb09a5933dd0c8eaafa16978110389",
        size=12_683_000,
        **_MOBILENET_V3,
    ),
    "efficientnetb0_notop": _imagenet(
        "EfficientNetB0",
        "efficientnetb0_notop.h5",
        "https://storage.googleapis.com/keras-applications/",
        md5="50bc09e76180e00e4465e1a485ddc09d",
        size=16_705_208,
        licence="Apache-2.0",
        citation="Tan & Le, EfficientNet: Rethinking Model Scaling for Convolutional "
        "Neural Networks, ICML 2019",
    ),
    "efficientnetv2b0_notop": _imagenet(
        "EfficientNetV2B0",
        "efficientnetv2-b0_notop.h5",
        f"{KERAS}efficientnet_v2/",
        md5="893217f2bb855e2983157299931e43ff",
        size=24_274_472,
        licence="Apache-2.0",
        citation="Tan & Le, EfficientNetV2: Smaller Models and Faster Training, "
        "ICML 2021",
    ),
    "densenet121_notop": _imagenet(
        "DenseNet121",
        f"densenet121_{TF_NOTOP}",
        f"{KERAS}densenet/",
        f"{KERAS_TEAM}densenet/",
        md5="30ee3e1110167f948a6b9946edeeb738",
        size=29_084_464,
        licence="BSD-3-Clause (Zhuang Liu)",
        citation="Huang et al., Densely Connected Convolutional Networks, CVPR 2017",
    ),
    "xception_notop": _imagenet(
        "Xception",
        f"xception_{TF_NOTOP}",
        f"{KERAS}xception/",
        f"{CHOLLET}v0.4/",
        md5="b0042744bf5b25fce3cb969f33bebb97",
        size=83_683_744,
        licence="MIT (François Chollet)",
        citation="Chollet, Xception: Deep Learning with Depthwise Separable "
        "Convolutions, CVPR 2017",
    ),
    "inceptionv3_notop": _imagenet(
        "InceptionV3",
        f"inception_v3_{TF_NOTOP}",
        f"{KERAS}inception_v3/",
        f"{CHOLLET}v0.5/",
        md5="bcbd6486424b2319ff4ef7d526e38f63",
        size=87_910_968,
        licence="Apache-2.0",
        citation="Szegedy et al., Rethinking the Inception Architecture for Computer "
        "Vision, CVPR 2016",
    ),
    "convnexttiny_notop": _imagenet(
        "ConvNeXtTiny",
        "convnext_tiny_notop.h5",
        f"{KERAS}convnext/",
        sha256="d547c096cabd03329d7be5562c5e14798aa39ed24b474157cef5e85ab9e49ef1",
        size=111_650_432,
        licence="MIT (Meta Platforms)",
        citation="Liu et al., A ConvNet for the 2020s, CVPR 2022",
    ),
    "nasnetmobile_notop": _imagenet(
        "NASNetMobile",
        "nasnet_mobile_no_top.h5",
        f"{KERAS}nasnet/NASNet-mobile-no-top.h5",
        "https://github.com/titu1994/Keras-NASNet/releases/download/v1.2/NASNet-mobile-no-top.h5",
        md5="1ed92395b5b598bdda52abe5c0dbfd63",
        size=19_993_432,
        licence="Apache-2.0",
        citation="Zoph et al., Learning Transferable Architectures for Scalable Image "
        "Recognition, CVPR 2018",
        also=("NASNet-mobile-no-top.h5",),
    ),
}

_OTHERS = {
    "squeezenet_notop": _imagenet(
        "SqueezeNet 1.1",
        f"squeezenet_{TF_NOTOP}",
        "https://github.com/DeepCognition/keras-squeezenet/releases/download/v0.4/",
        md5="80b66c92d79d4310e07fb60a297bf0d1",  # as its squeezenet.py has it
        size=3_002_560,
        licence="MIT (DeepCognition/keras-squeezenet)",
        citation="Iandola et al., SqueezeNet: AlexNet-level accuracy with 50x fewer "
        "parameters and <0.5MB model size, arXiv:1602.07360, 2016",
        also=("squeezenet_imagenet_notop.h5", "squeezenet_notop.npz"),
    ),
    "fer_vgg19": Entry(
        title="VGG19 for FER2013",
        file="PrivateTest_model.t7",
        urls=(
            "https://drive.usercontent.google.com/download"
            "?id=1Oy_9YmpkSKX1Q8jkOhJbz3Mc7qjyISzU&export=download&confirm=t",
            "https://media.githubusercontent.com/media/ProxyLeech/Predict/"
            "5a324ccd974f6b0ccd36a54f0ba06b608c492ffb/FER2013_VGG19/"
            "PrivateTest_model.t7",
        ),
        layout="PyTorch checkpoint",
        # As the Git LFS pointer of the second address has it.
        noted="a6ace0aa8b529ff0ab860e74d13f3641d98eefdddaf2c0c1294e28350ddf95bd",
        size=80_211_208,
        licence="MIT (WuJie)",
        citation="Jie Wu, Facial-Expression-Recognition.Pytorch, 2018 (73.112 % on "
        "FER2013's private test); Goodfellow et al., Challenges in Representation "
        "Learning, ICONIP 2013; Simonyan & Zisserman, ICLR 2015",
        also=("fer_vgg19.t7", "fer_vgg19.npz"),
    ),
    "face_landmarker": Entry(
        title="MediaPipe's face landmarker",
        file="face_landmarker.task",
        urls=(
            "https://storage.googleapis.com/mediapipe-models/face_landmarker/"
            "face_landmarker/float16/1/face_landmarker.task",
        ),
        layout="MediaPipe task (LiteRT networks in a zip)",
        noted="64184e229b263107bc2b804c6625db1341ff2bb731874b0bcc2fe6544e0bc9ff",
        size=3_758_596,
        licence="Apache-2.0",
        citation="Grishchenko et al., Blendshapes GHUM: Real-time Monocular Facial "
        "Blendshape Prediction, arXiv:2309.05782, 2023",
        # Goes about under this name in several versions, all of MediaPipe's.
        also=("face_landmarker_v2_with_blendshapes.task",),
        known={
            "b261925d4aad812b47a0e8d58c1baa1223270a5d1f663d78338bc881c003879d": (
                "mediapipe-assets/face_landmarker_v2_with_blendshapes.task, as "
                "MediaPipe's third_party/external_files.bzl publishes it"
            ),
        },
    ),
}

MANIFEST: Mapping[str, Entry] = {**_SOUND, **_KERAS_APPLICATIONS, **_OTHERS}
