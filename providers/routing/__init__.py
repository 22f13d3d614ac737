"""Which model is asked, how often, for how long, and for how much."""
