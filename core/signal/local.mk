# Sources and tests of core/signal.
