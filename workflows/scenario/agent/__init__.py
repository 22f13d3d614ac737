"""How models write a scenario: plan → write case → write rubric → check → done, with one repair at most."""
