# Examples that are installed and shipped.
