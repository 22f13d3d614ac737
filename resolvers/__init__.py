"""Use cases, one function each: context and domain arguments in, domain objects out. And the runner of evaluations."""
