nobase_pkglib_LTLIBRARIES += plugins/metrics/ridge/ridge.la
plugins_metrics_ridge_ridge_la_SOURCES = plugins/metrics/ridge/ridge.c
plugins_metrics_ridge_ridge_la_CFLAGS = $(PLUGIN_CFLAGS)
plugins_metrics_ridge_ridge_la_LDFLAGS = $(PLUGIN_LDFLAGS)
plugins_metrics_ridge_ridge_la_LIBADD = plugins/metrics/lib/libmetrics.la libanaflow.la -lm
EXTRA_DIST += plugins/metrics/ridge/README.md
