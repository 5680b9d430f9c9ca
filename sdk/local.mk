anaincludedir = $(includedir)/anaflow
anainclude_HEADERS = \
	sdk/include/anaflow/anaflow.h sdk/include/anaflow/arrays.h sdk/include/anaflow/base.h \
	sdk/include/anaflow/files.h sdk/include/anaflow/linalg.h sdk/include/anaflow/metric.h \
	sdk/include/anaflow/model.h sdk/include/anaflow/plugin.h sdk/include/anaflow/reader.h \
	sdk/include/anaflow/signal.h sdk/include/anaflow/stats.h \
	sdk/include/anaflow/stimulus.h sdk/include/anaflow/tensor.h
