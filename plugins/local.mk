# One line a plugin.
include plugins/metrics/lib/local.mk
include plugins/metrics/ridge/local.mk
include plugins/metrics/rsa/local.mk
include plugins/readers/lib/local.mk
include plugins/readers/brainvision/local.mk
include plugins/readers/edf/local.mk
include plugins/readers/mat/local.mk
include plugins/readers/nifti/local.mk
include plugins/readers/arrays/local.mk
include plugins/models/arrays/local.mk
include plugins/models/cochleagram/local.mk
include plugins/models/modulation/local.mk
include plugins/models/onnx/local.mk
include plugins/models/wav2vec2/local.mk
include plugins/models/whisper/local.mk
