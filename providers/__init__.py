"""Who writes challenges and grades answers: OpenAI, Anthropic, and the embedded bank with its rubric grader."""
