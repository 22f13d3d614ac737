"""The engine without a key or a network: the curated bank and the rubric grader."""
