"""A provider on loopback that plays a senior interviewer: it writes, solves and judges what our prompts ask for.

It speaks OpenAI's chat completions and Anthropic's messages, takes as long as it is told, and fails as it is told.
Tests use it inside their loop, benchmarks and `python -m tests.interviewer` as a process of its own.
"""
