# Sources and tests of core/data.
