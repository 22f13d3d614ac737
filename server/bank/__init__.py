"""`intrvu bank check`: looks at every item of a bank, one kind of check a file, and says what to mend.

Changes nothing, and shows no answer key: items go by their ids. Loads neither GraphQL nor the graphs nor SQL.
"""
