# Sources and tests of core/linalg.
