# Sources and tests of core/report.
