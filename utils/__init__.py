"""What the lab notebooks import: data, training, plotting, metrics, checks and setup, each a short module."""
