# Sources and tests of core/plugin.
