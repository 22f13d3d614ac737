"""What IntrVu talks about: ids, frozen dataclasses, enums, errors, events and the arithmetic of scores.

Imports nothing of the project; everything else may import it.
"""
