# Sources and tests of core/stats.
