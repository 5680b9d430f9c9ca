# Examples that are installed and shipped.
nobase_dist_pkgdata_DATA = \
	examples/demo/README.md examples/demo/text.txt examples/demo/models.ini \
	examples/demo/simulate.ini examples/demo/pipeline.ini \
	examples/natural-sounds/README.md examples/natural-sounds/models.ini \
	examples/natural-sounds/first-look.ini examples/natural-sounds/averaged.ini \
	examples/natural-sounds/resolved.ini examples/natural-sounds/network.ini \
	examples/natural-sounds/surface.ini examples/natural-sounds/surface.py
nobase_dist_pkgdata_SCRIPTS = examples/demo/demo.sh examples/demo/compare.sh
nobase_dist_pkgdata_DATA += \
	examples/attended-speech/README.md examples/attended-speech/data.ini \
	examples/attended-speech/forward.ini examples/attended-speech/attention.ini examples/attended-speech/backward.ini \
	examples/attended-speech/lags.ini
nobase_dist_pkgdata_SCRIPTS += examples/attended-speech/talkers.sh \
	examples/attended-speech/null.sh examples/attended-speech/lags.sh
nobase_dist_pkgdata_DATA += \
	examples/story-fmri/README.md examples/story-fmri/data.ini examples/story-fmri/rate.ini \
	examples/story-fmri/isc.ini examples/story-fmri/listeners.tsv \
	examples/story-fmri/one.tsv examples/story-fmri/predictors.tsv \
	examples/story-fmri/regions.tsv examples/story-fmri/story.tsv
