"""How an answer is judged: screen → one branch a dimension → verify → feedback → finish; or, for a choice, in code."""
