"""How models write multiple-choice questions: plan → write → lint → drop → solve → arrange."""
