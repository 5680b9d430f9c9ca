# Sources and tests of core/pipeline.
