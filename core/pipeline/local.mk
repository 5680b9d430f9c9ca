# The run: a study's models and recordings become problems, metrics score them.
libanaflow_la_SOURCES += core/pipeline/ini.h core/pipeline/study.h \
	core/pipeline/out.c core/pipeline/out.h core/pipeline/out_clips.c \
	core/pipeline/space.c core/pipeline/space.h
